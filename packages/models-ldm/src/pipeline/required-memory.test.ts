import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { rasterImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { afterAll, expect, test } from 'vitest'
import { LDMSuperResolutionPipeline } from './ldm-super-resolution.ts'

const backend = createNodeBackend()
afterAll(() => backend.dispose())
const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })

/** MiB that a process took, as measured (`bench/results/large-pictures.md`). */
test.each([
  [300, 200, 64, undefined, 190],
  [512, 512, 64, undefined, 267],
  [700, 500, 64, undefined, 257],
  [1024, 300, 64, undefined, 279],
  [200, 900, 64, undefined, 216],
  [2000, 128, 64, undefined, 244],
  [700, 500, 64, 0, 140],
  [64, 64, undefined, undefined, 98],
  [128, 100, undefined, undefined, 272],
  [256, 256, undefined, undefined, 441],
  [512, 512, undefined, undefined, 714],
])(
  'no less is planned for %i×%i in tiles of %s, back-projection %s, than it takes',
  async (width, height, tile, backProjection, taken) => {
    const picture = rasterImage(width, height, 3, new Uint8Array(width * height * 3))
    const { memoryBytes } = await pipeline.plan(picture, { memory: 1e12, tile, backProjection })
    expect(memoryBytes / 2 ** 20).toBeGreaterThan(taken)
    expect(memoryBytes / 2 ** 20).toBeLessThan(1.5 * taken)
  },
)

test('in smaller blocks, too, where memory is short, no less is planned than it takes', async () => {
  const { memoryBytes, blocks } = await pipeline.plan({ width: 256, height: 256 }, { memory: 200e6 })
  expect(blocks.columns.tile).toBe(96)
  expect(memoryBytes / 2 ** 20).toBeGreaterThan(183)
})

test('samples of 16 bits and transparency count: no less is planned than they take', async () => {
  const [width, height] = [2000, 1500]
  const picture = rasterImage(width, height, 4, new Uint16Array(width * height * 4))
  const { memoryBytes } = await pipeline.plan(picture, { memory: 1e12, tile: 64, backProjection: 0 })
  // Measured with networks that compute nothing (`bench/finishing.ts`).
  expect(memoryBytes / 2 ** 20).toBeGreaterThan(1155)
})
