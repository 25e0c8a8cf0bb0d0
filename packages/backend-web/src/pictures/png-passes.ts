/** Pixels of a PNG that come together in the file: every `stepX`th of every `stepY`th row, from `x`, `y` on. */
export interface PngPass {
  readonly x: number
  readonly y: number
  readonly stepX: number
  readonly stepY: number
  readonly width: number
  readonly height: number
}

/** x, y, stepX, stepY of interlaced pictures (Adam7; PNG specification, 8.1). */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** The passes that a picture of this size is stored in, without empty ones. */
export function pngPasses(width: number, height: number, interlaced: boolean): readonly PngPass[] {
  return (interlaced ? adam7 : [[0, 0, 1, 1] as const])
    .map(([x, y, stepX, stepY]) => ({
      x,
      y,
      stepX,
      stepY,
      width: Math.ceil((width - x) / stepX),
      height: Math.ceil((height - y) / stepY),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0)
}
