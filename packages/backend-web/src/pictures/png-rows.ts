import { type PngPass, pngPasses } from './png-passes.ts'
import { unfilterRow } from './unfilter-row.ts'

/** Takes a PNG's inflated bytes as they come. */
export interface PngRows {
  /** True once all rows are there; what comes behind them is left. @throws Error if a row is damaged. */
  take(bytes: Uint8Array): boolean
}

/**
 * Cuts a PNG's inflated bytes into unfiltered rows.
 * @param onRow receives each row once; it is overwritten by a later one.
 */
export function pngRows(
  shape: {
    readonly width: number
    readonly height: number
    readonly interlaced: boolean
    readonly bytesPerPixel: number
  },
  onRow: (row: Uint8Array, pass: PngPass, y: number) => void,
): PngRows {
  const { bytesPerPixel } = shape
  const passes = pngPasses(shape.width, shape.height, shape.interlaced)
  let [passIndex, y, filled] = [0, 0, 0]
  // One byte for the filter, and the row.
  let [line, above] = linesOf(passes[0]!)

  function linesOf(pass: PngPass): [Uint8Array, Uint8Array] {
    const length = pass.width * bytesPerPixel + 1
    return [new Uint8Array(length), new Uint8Array(length)]
  }

  function endRow(): void {
    const pass = passes[passIndex]!
    const row = line.subarray(1)
    unfilterRow(line[0]!, row, above.subarray(1), bytesPerPixel)
    onRow(row, pass, y)
    ;[line, above] = [above, line]
    filled = 0
    y += 1
    if (y < pass.height) return
    y = 0
    passIndex += 1
    if (passIndex < passes.length) [line, above] = linesOf(passes[passIndex]!)
  }

  return {
    take(bytes) {
      for (let at = 0; at < bytes.length && passIndex < passes.length; ) {
        const part = bytes.subarray(at, at + line.length - filled)
        line.set(part, filled)
        at += part.length
        filled += part.length
        if (filled === line.length) endRow()
      }
      return passIndex === passes.length
    },
  }
}
