import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { createTorchGenerator, rasterImage, resizeTensor, type Tensor } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { afterAll, describe, expect, test } from 'vitest'
import { crop } from './crop.ts'
import { LDMSuperResolutionPipeline } from './ldm-super-resolution.ts'
import { collectRows, type RowChunk, runTiles } from './run-tiles.ts'
import { planTiles, tileCount, tileWeights } from './tile-grid.ts'

const backend = createNodeBackend()
afterAll(() => backend.dispose())

const options = { limit: 48, overlap: 16, multiple: 8 }

describe('the plan', () => {
  test('what is no larger than a tile is one tile of its own size', () => {
    const grid = planTiles(48, 8, options)
    expect(grid).toEqual({ rows: { size: 48, tile: 48, starts: [0] }, columns: { size: 8, tile: 8, starts: [0] } })
  })

  test('any size is covered by equal tiles that overlap enough, and no tile sticks out', () => {
    for (let size = 56; size <= 2048; size += 8) {
      const { tile, starts } = planTiles(size, 8, options).rows
      expect(tile % 8).toBe(0)
      expect(tile).toBeLessThanOrEqual(48)
      expect([starts[0], starts.at(-1)! + tile]).toEqual([0, size])
      for (let i = 1; i < starts.length; i++) expect(starts[i - 1]! + tile - starts[i]!).toBeGreaterThanOrEqual(16)
    }
  })

  test('the weights of all tiles sum to one at every pixel', () => {
    for (const [size, limit] of [
      [56, 48],
      [104, 48],
      [200, 48],
      [200, 24],
    ] as const) {
      const axis = planTiles(size, 8, { ...options, limit }).rows
      const sums = new Float64Array(size * 4)
      for (const [i, weights] of tileWeights(axis, 4).entries()) {
        for (const [k, weight] of weights.entries()) sums[axis.starts[i]! * 4 + k]! += weight
      }
      for (const sum of sums) expect(sum).toBeCloseTo(1, 6)
    }
  })

  test('neighbouring tiles fade into each other, evenly', () => {
    const axis = planTiles(104, 8, options).rows
    const [first, middle, last] = tileWeights(axis, 4)
    expect(axis.starts).toHaveLength(3)
    expect(largestDifference(middle!, middle!.toReversed())).toBeLessThan(1e-6)
    expect(largestDifference(first!, last!.toReversed())).toBeLessThan(1e-6)
    const shared = (axis.tile - axis.starts[1]!) * 4
    const rise = middle!.subarray(0, shared)
    expect(rise).toEqual(rise.toSorted())
    expect([rise[0]! < 0.01, rise.at(-1)! > 0.99]).toEqual([true, true])
    expect(rise[shared / 4]).toBeLessThan(0.2)
  })

  test('its longest side, given back as the limit, makes the same plan', () => {
    for (const multiple of [1, 4, 8, 16]) {
      for (const limit of [32, 48, 96]) {
        for (let height = multiple; height <= 300; height += multiple) {
          const grid = planTiles(height, 52 - (52 % multiple), { limit, overlap: 16, multiple })
          const longest = Math.max(grid.rows.tile, grid.columns.tile)
          const again = planTiles(height, 52 - (52 % multiple), { limit: longest, overlap: 16, multiple })
          expect(again, `${height} in ${limit}`).toEqual(grid)
        }
      }
    }
  })

  test('sides that do not fit the network are refused', () => {
    expect(() => planTiles(100, 100, { ...options, limit: 50 })).toThrow(
      'tile is 50; expected a multiple of 8 from 24.',
    )
    expect(() => planTiles(100, 100, { ...options, limit: 16 })).toThrow('tile is 16')
  })
})

describe('running tiles', () => {
  const picture = createTorchGenerator(1).randn([2, 3, 104, 120])

  test('a network that gives back what it sees gives back the picture, in rows from the top', async () => {
    const grid = planTiles(104, 120, options)
    const tops: number[] = []
    async function* watched(): AsyncGenerator<RowChunk> {
      for await (const chunk of runTiles(grid, 1, async (area) => crop(picture, area))) {
        tops.push(chunk.top)
        yield chunk
      }
    }
    expect(largestDifference((await collectRows(watched(), 104)).data, picture.data)).toBeLessThan(1e-6)
    expect(tops).toEqual(grid.rows.starts)
    expect(tileCount(grid)).toBe(grid.rows.starts.length * grid.columns.starts.length)
  })

  test.each([
    [24, 120],
    [104, 24],
    [24, 24],
  ])('so it does where there is one row or one column of tiles (%i×%i)', async (height, width) => {
    const part = crop(picture, { top: 0, left: 0, height, width })
    const rows = runTiles(planTiles(height, width, options), 1, async (area) => crop(part, area))
    expect(largestDifference((await collectRows(rows, height)).data, part.data)).toBeLessThan(1e-6)
  })

  test('a network that enlarges is blended at its own resolution', async () => {
    const grid = planTiles(104, 120, options)
    const enlarge = (source: Tensor<'float32'>) =>
      resizeTensor(source, { width: source.shape[3]! * 4, height: source.shape[2]! * 4 }, 'nearest')
    const rows = runTiles(grid, 4, async (area) => enlarge(crop(picture, area)))
    expect(largestDifference((await collectRows(rows, 416)).data, enlarge(picture).data)).toBeLessThan(1e-6)
  })
})

describe('a picture in tiles', () => {
  /** Colours that change everywhere, with slanted edges, so that every column is like the others. */
  const picture = rasterImage(
    112,
    80,
    3,
    Uint8Array.from({ length: 112 * 80 * 3 }, (_, i) => {
      const [x, y, c] = [Math.floor(i / 3) % 112, Math.floor(i / 336), i % 3]
      return 128 + 60 * Math.sin(x / (7 + c)) * Math.cos(y / 9) + (Math.floor((x + y) / 11) % 2) * 50
    }),
  )

  test('has no seams: along tile borders it differs from the whole no more than elsewhere', async () => {
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
    const whole = (await pipeline.upscale(picture, { backProjection: 0 })).images[0]!
    const { images, tiles } = await pipeline.upscale(picture, { tile: 64, backProjection: 0 })
    const tiled = images[0]!
    const { grid } = await pipeline.plan(picture, { tile: 64 })
    await pipeline.dispose()
    expect(tiles).toBe(4)

    /** How differently two neighbouring columns differ than they do in the whole picture: a cut shows as a peak. */
    const jump = (column: number) => {
      let sum = 0
      for (let y = 0; y < tiled.height; y++) {
        for (let c = 0; c < 3; c++) {
          const at = (x: number) => (y * tiled.width + x) * 3 + c
          const difference = (image: typeof tiled) => image.data[at(column)]! - image.data[at(column - 1)]!
          sum += Math.abs(difference(tiled) - difference(whole))
        }
      }
      return sum / (tiled.height * 3)
    }
    const jumps = Array.from({ length: tiled.width - 1 }, (_, i) => jump(i + 1))
    const median = jumps.toSorted((a, b) => a - b)[Math.floor(jumps.length / 2)]!
    const [shared, end] = [grid.columns.starts[1]! * 4, grid.columns.tile * 4]
    expect(Math.max(...jumps.slice(shared - 2, end + 1))).toBeLessThan(1.6 * median)
  })

  test('little memory means smaller tiles, told before the work', async () => {
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
    const large = { width: 1000, height: 700 }
    const roomy = await pipeline.plan(large, { memory: 64 * 2 ** 30 })
    const memory = 0.5 * roomy.memoryBytes
    const tight = await pipeline.plan(large, { memory })
    expect(roomy).toMatchObject({ width: 4000, height: 2800, paddedWidth: 1000, paddedHeight: 700 })
    expect(tight.tiles).toBeGreaterThan(roomy.tiles)
    expect(tight.memoryBytes).toBeLessThan(memory)
    await expect(pipeline.plan(large, { memory: 2 ** 20 })).rejects.toThrow(
      /1000×700 pixels needs about .* 1 MiB is available/,
    )
    await expect(pipeline.plan(large, { tile: 50 })).rejects.toThrow('tile is 50; expected a multiple of 4')
    await pipeline.dispose()
  })
})
