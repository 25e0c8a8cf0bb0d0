import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { type Backend, rasterImage, type Size } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { afterAll, describe, expect, test } from 'vitest'
import { LDMSuperResolutionPipeline } from './ldm-super-resolution.ts'
import { smallerTiles } from './plan-upscale.ts'
import { planTiles } from './tile-grid.ts'
import type { UpscaleOptions } from './upscale-options.ts'

const backend = createNodeBackend()
afterAll(() => backend.dispose())
const open = async (backend: Backend) =>
  LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
const pipeline = await open(backend)

const large = { width: 4000, height: 3000 }
const planOf = (picture: Size, options: UpscaleOptions) =>
  pipeline.plan(picture, { memory: 1e12, tile: 64, ...options })
const bytesOf = async (picture: Size, options: UpscaleOptions) => (await planOf(picture, options)).memoryBytes

describe('correcting a picture', () => {
  test('takes no more for a wider one', async () => {
    const correction = async (picture: Size) => {
      const [corrected, plain] = [
        await planOf(picture, { backProjection: 8 }),
        await planOf(picture, { backProjection: 0 }),
      ]
      // Rows of the decoded picture, as numbers, that wait until a row of blocks is complete.
      const waiting = picture.width * 16 * 12 * (corrected.blocks.rows.tile - plain.blocks.rows.tile)
      return corrected.memoryBytes - plain.memoryBytes - waiting
    }
    const [narrow, wide] = [
      await correction({ width: 1000, height: 1000 }),
      await correction({ width: 8000, height: 1000 }),
    ]
    expect(wide).toBeLessThan(180e6)
    // Blocks are of nearly the same size.
    expect(wide).toBeLessThan(1.25 * narrow)
  })

  test('is done in smaller blocks before a picture is refused', async () => {
    await expect(pipeline.plan({ width: 256, height: 256 }, { memory: 200e6 })).resolves.toBeDefined()
    await expect(pipeline.plan(large, { tile: 64, memory: 2e9 })).resolves.toBeDefined()
    const tight = await pipeline.plan(large, { memory: (await bytesOf(large, { tile: 192 })) - 1 })
    expect(tight.settings.tile).toBe((await pipeline.plan(large, { tile: 192, memory: 1e12 })).settings.tile)
    expect(tight.blocks.columns.tile).toBeLessThanOrEqual(128)
  })

  test('in smaller blocks gives the same picture, each in one session', async () => {
    const sizes: (number | undefined)[][] = []
    const watched = await open({
      ...backend,
      async createSession(source, options) {
        const session = await backend.createSession(source, options)
        if (source.name === 'Correction') sizes.push(session.inputs.map(({ shape }) => shape[3]))
        return session
      },
    })
    const data = Uint8Array.from({ length: 140 * 100 * 3 }, (_, i) => (i * 7) % 251)
    const picture = rasterImage(140, 100, 3, data)
    const options = { steps: 1, tile: 64, memory: await bytesOf(picture, {}) }
    const whole = await watched.upscale(picture, options)
    const parts = await watched.upscale(picture, { ...options, memory: options.memory - 1 })
    // Two blocks side by side share what lies around them, 64 pixels.
    expect(sizes).toEqual([
      [140, 560],
      [102, 408],
    ])
    expect(largestDifference(parts.images[0].data, whole.images[0].data)).toBeLessThanOrEqual(1)
    await watched.dispose()
  })
})

test('convolutions by Winograd’s way are planned for, with the memory that they take', async () => {
  const direct = await planOf(large, {})
  const winograd = await planOf(large, { convolutions: 'winograd' })
  expect([direct, winograd].map(({ settings }) => settings.convolutions)).toEqual(['direct', 'winograd'])
  expect(winograd.memoryBytes).toBeGreaterThan(direct.memoryBytes)
})

test('what the enlarged picture is resized to counts, too', async () => {
  const size = { width: 9000, height: 7000 }
  expect((await bytesOf(large, { size })) - (await bytesOf(large, {}))).toBe(9000 * 7000 * 3)
})

test('where memory ran out, tiles of a side that is tried are followed by smaller ones, the smallest by none', () => {
  const whole = (side: number) => planTiles(side, side, { limit: side, overlap: 16, multiple: 4 })
  for (const side of [192, 128, 96]) expect(smallerTiles(whole(side), 4)!.rows.tile).toBeLessThan(side)
  expect(smallerTiles(whole(64), 4)).toBeUndefined()
})

test('a picture that does not fit is refused with what would help', async () => {
  const refuse = async (memory: number, options: UpscaleOptions) =>
    pipeline.plan(large, { ...options, memory }).then(
      () => 'planned',
      (error: Error) => error.message.split('available. ')[1],
    )
  const smallest = await bytesOf(large, { backProjection: 0 })
  const corrected = await bytesOf(large, { backProjection: 50 })
  expect(await refuse(smallest, { tile: 192, backProjection: 0 })).toBe('Use smaller tiles.')
  expect(await refuse(smallest, { tile: 64, backProjection: 50 })).toBe('Set backProjection to 0.')
  expect(await refuse(smallest, { backProjection: 50 })).toBe('Set backProjection to 0.')
  expect(await refuse(smallest / 2, { tile: 192 })).toBe('Allow more memory, or reduce the picture.')
  expect(await refuse(smallest / 2, { tile: 64, backProjection: 0 })).toBe('Allow more memory, or reduce the picture.')
  expect(await refuse(corrected, { tile: 64, backProjection: 50 })).toBe('planned')
})
