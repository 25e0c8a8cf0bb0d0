import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rasterImage } from '@latentkit/core'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readImage } from './read-image.ts'
import { writeImage } from './write-image.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
})
afterEach(() => rm(folder, { recursive: true }))

const colours = rasterImage(
  2,
  3,
  3,
  Uint8Array.from({ length: 18 }, (_, i) => i * 14),
)

describe('reading', () => {
  test('a written PNG is read back to the byte, with and without alpha', async () => {
    for (const image of [colours, rasterImage(1, 2, 4, Uint8Array.of(10, 20, 30, 0, 200, 100, 50, 128))]) {
      await writeImage(join(folder, 'picture.png'), image)
      expect(await readImage(join(folder, 'picture.png'))).toEqual(image)
    }
    expect(await readdir(folder)).toEqual(['picture.png'])
  })

  test('every format that can be written is read back at its size', async () => {
    for (const ending of ['png', 'jpg', 'JPEG', 'webp', 'avif', 'tif', 'tiff']) {
      await writeImage(join(folder, `picture.${ending}`), colours)
      expect(await readImage(join(folder, `picture.${ending}`))).toMatchObject({ width: 2, height: 3, channels: 3 })
    }
  })

  test('grey becomes RGB, 16 bits become 8, orientation is applied', async () => {
    const grey = await sharp({ create: { width: 4, height: 2, channels: 3, background: '#808080' } })
      .toColourspace('b-w')
      .png()
      .toBuffer()
    expect(await readImage(grey)).toMatchObject({ width: 4, height: 2, channels: 3 })
    const deep = await sharp(Uint16Array.of(0, 32896, 65535), { raw: { width: 1, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer()
    expect([...(await readImage(deep)).data]).toEqual([0, 128, 255])
    const turned = await sharp(grey).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    expect(await readImage(turned)).toMatchObject({ width: 2, height: 4 })
  })

  test('what is no picture is a clear error', async () => {
    await writeFile(join(folder, 'empty.jpg'), '')
    await writeFile(join(folder, 'text.png'), 'just words')
    const png = await sharp({
      create: { width: 64, height: 64, channels: 3, background: 'red', noise: { type: 'gaussian' } },
    })
      .png()
      .toBuffer()
    await writeFile(join(folder, 'cut.png'), png.subarray(0, 2000))
    await expect(readImage(join(folder, 'none.jpg'))).rejects.toThrow(/none\.jpg: no such file\.$/)
    await expect(readImage(folder)).rejects.toThrow(/: is a folder, not a picture\.$/)
    await expect(readImage(join(folder, 'empty.jpg'))).rejects.toThrow(/empty\.jpg: is empty\. Give a JPEG/)
    await expect(readImage(join(folder, 'text.png'))).rejects.toThrow(
      /text\.png: is not a picture that can be read\. Give/,
    )
    await expect(readImage(join(folder, 'cut.png'))).rejects.toThrow(/cut\.png: is damaged or cut off/)
  })
})

describe('writing', () => {
  test('what cannot be written is a clear error and leaves nothing behind', async () => {
    await mkdir(join(folder, 'folder.png'))
    await expect(writeImage(join(folder, 'picture.bmp'), colours)).rejects.toThrow(
      /"\.bmp" is no picture format.*\.png, \.jpg/,
    )
    await expect(writeImage(join(folder, 'picture'), colours)).rejects.toThrow(/"" is no picture format/)
    await expect(writeImage(join(folder, 'folder.png'), colours)).rejects.toThrow(/is a folder/)
    await expect(writeImage(join(folder, 'none', 'a.png'), colours)).rejects.toThrow(/the folder .*none does not exist/)
    const clear = rasterImage(1, 1, 4, Uint8Array.of(1, 2, 3, 4))
    await expect(writeImage(join(folder, 'a.jpg'), clear)).rejects.toThrow(/cannot hold the transparency.*\.png/)
    expect(await readdir(folder)).toEqual(['folder.png'])
  })

  test.skipIf(process.getuid?.() === 0)('a folder without permission is a clear error', async () => {
    await chmod(folder, 0o500)
    await expect(writeImage(join(folder, 'a.png'), colours)).rejects.toThrow(/may not be written/)
    await chmod(folder, 0o700)
  })
})
