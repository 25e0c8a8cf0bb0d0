import { expect, test } from 'vitest'
import { commands } from 'vitest/browser'
import { fromBase64 } from '../__fixtures__/base64.ts'
import { inspectPicture } from './inspect-picture.ts'
import { readImage } from './read-image.ts'

// The first frame of the animation has a quarter of the rows.
test.each([
  ['jpeg', 'image/jpeg', 16],
  ['animated gif', 'image/gif', 4],
  ['deep png', 'image/png', 16],
  ['webp', 'image/webp', 16],
  ['lossy webp', 'image/webp', 16],
  ['extended webp', 'image/webp', 16],
  ['avif', 'image/avif', 16],
] as const)(
  'of a %s kind and size are told by its first bytes, and it can be refused by them',
  async (kind, type, height) => {
    const bytes = fromBase64(await commands.makePicture(kind))
    expect(inspectPicture(bytes)).toMatchObject({ type, size: { width: 24, height } })
    await expect(readImage(bytes, { maxPixels: 24 * height - 1 })).rejects.toThrow(`has 24×${height} pixels`)
    expect(await readImage(bytes)).toMatchObject({ width: 24, height })
  },
)
