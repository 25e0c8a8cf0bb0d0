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

/**
 * @param multiple Sides of tiles are multiples of this.
 * @param free Gives back what the networks hold, before smaller ones are made.
 */
export function createTileLadder(
  first: TileGrid,
  multiple: number,
  free: () => Promise<void>,
  onProgress?: OnProgress,
): TileLadder {
  let grid = first
  const sides = () => `tiles of ${grid.columns.tile}×${grid.rows.tile} pixels`
  return {
    get grid() {
      return grid
    },
    async run(work) {
      for (;;) {
        try {
          return await work(grid)
        } catch (error) {
          if (!ranOutOfMemory(error)) throw error
          const smaller = smallerTiles(grid, multiple)
          if (!smaller) {
            const problem = `ran out of memory, even in ${sides()}`
            const hint = 'Close other programs, or give a smaller picture.'
            throw new BackendError({ backend: error.backend, problem, hint, cause: error })
          }
          grid = smaller
          await free()
          const message = `Memory ran out: going on in ${sides()}.`
          onProgress?.({ type: 'warning', code: 'smaller_tiles', message })
        }
      }
    },
  }
}

/** True if an error says that the runtime ran out of memory. */
export function ranOutOfMemory(error: unknown): error is BackendError {
  return BackendError.isInstance(error) && error.outOfMemory === true
}
