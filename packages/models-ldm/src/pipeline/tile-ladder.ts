import { BackendError, type OnProgress } from '@latentkit/core'
import { smallerTiles } from './plan-upscale.ts'
import type { TileGrid } from './tile-grid.ts'

/** The tiles in use, and smaller ones to go on with where memory runs out. */
export interface TileLadder {
  /** The tiles in use now. */
  readonly grid: TileGrid
  /**
   * Does a piece of work with the tiles in use; if the backend runs out of memory, all of that piece again with smaller
   * ones, which stay in use.
   * @throws BackendError if memory runs out with the smallest tiles, too.
   */
  run<T>(work: (grid: TileGrid) => Promise<T>): Promise<T>
}

export function createTileLadder(first: TileGrid, multiple: number, onProgress?: OnProgress): TileLadder {
  let grid = first
  return {
    get grid() {
      return grid
    },
    async run(work) {
      for (;;) {
        try {
          return await work(grid)
        } catch (error) {
          const smaller = ranOutOfMemory(error) ? smallerTiles(grid, multiple) : undefined
          if (!smaller) throw error
          grid = smaller
          const message = `Memory ran out: going on in tiles of ${grid.columns.tile}×${grid.rows.tile} pixels.`
          onProgress?.({ type: 'warning', code: 'smaller_tiles', message })
        }
      }
    },
  }
}

function ranOutOfMemory(error: unknown): boolean {
  return BackendError.isInstance(error) && (error as BackendError).outOfMemory === true
}
