import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeImage } from '@latentkit/backend-node'
import { type RasterImage, rasterImage } from '@latentkit/core'

/** Writes pictures of one size side by side, each `zoom` times as large, for a person to look at. */
export async function writePanel(path: string, cells: readonly RasterImage[], zoom = 2): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const { width, height } = cells[0]!
  const gap = 4
  const total = cells.length * (width * zoom + gap) - gap
  const data = new Uint8Array(total * height * zoom * 3).fill(255)
  for (const [i, cell] of cells.entries()) {
    for (let y = 0; y < height * zoom; y++) {
      for (let x = 0; x < width * zoom; x++) {
        const from = (Math.floor(y / zoom) * width + Math.floor(x / zoom)) * 3
        const to = (y * total + i * (width * zoom + gap) + x) * 3
        data.set(cell.data.subarray(from, from + 3), to)
      }
    }
  }
  await writeImage(path, rasterImage(total, height * zoom, 3, data))
}
