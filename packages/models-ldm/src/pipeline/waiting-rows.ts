import { float32, type Tensor } from '@latentkit/core'
import type { Area } from './crop.ts'
import type { RowChunk } from './run-tiles.ts'

/** Decoded rows that wait until they are corrected. They stay in the pieces they came in: joined, they would lie there twice. */
export interface WaitingRows {
  add(chunk: RowChunk): void
  /** The row after the last that came. */
  readonly end: number
  /** A copy of a part of what is there. */
  crop(area: Area): Tensor<'float32'>
  /** Lets pieces go that end above this row. */
  drop(row: number): void
}

export function createWaitingRows(): WaitingRows {
  let chunks: RowChunk[] = []
  const endOf = ({ top, rows }: RowChunk) => top + rows.shape[2]!
  return {
    add: (chunk) => void chunks.push(chunk),
    get end() {
      const last = chunks.at(-1)
      return last ? endOf(last) : 0
    },
    crop({ top, left, height, width }) {
      const channels = chunks[0]!.rows.shape[1]!
      const data = new Float32Array(channels * height * width)
      for (const chunk of chunks) {
        const [, , count, stride] = chunk.rows.shape as [number, number, number, number]
        const end = Math.min(top + height, endOf(chunk))
        for (let c = 0; c < channels; c++) {
          for (let y = Math.max(top, chunk.top); y < end; y++) {
            const from = (c * count + y - chunk.top) * stride + left
            data.set(chunk.rows.data.subarray(from, from + width), (c * height + y - top) * width)
          }
        }
      }
      return float32([1, channels, height, width], data)
    },
    drop(row) {
      chunks = chunks.filter((chunk) => endOf(chunk) > row)
    },
  }
}
