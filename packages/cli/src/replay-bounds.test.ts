import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeImage, readImage, readReceipt, writeImage } from '@latentkit/backend-node'
import { rasterImage } from '@latentkit/core'
import type { Receipt } from '@latentkit/models-ldm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runLatentkit } from './command-fixture.ts'

let folder: string
const path = (name: string) => join(folder, name)
const latentkit = (...args: readonly string[]) => runLatentkit(args, { cwd: folder })
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  await writeImage(path('small.png'), rasterImage(12, 10, 3, new Uint8Array(360).fill(77)))
  await latentkit('upscale', 'small.png', '--steps', '1', '-o', 'large.png')
})
afterEach(() => rm(folder, { recursive: true }))

/** A JPEG whose header says a size that its samples have not, with a receipt or without. */
async function writeClaiming(name: string, width: number, height: number, receipt?: unknown): Promise<void> {
  const { data } = await readImage(path('large.png'))
  const plain = rasterImage(48, 40, 3, data)
  const bytes = Buffer.from(await encodeImage(plain, '.jpg', receipt === undefined ? {} : { receipt }))
  // The start of a baseline frame (ISO/IEC 10918-1, B.2.2): its length, the precision, then height and width.
  const frame = bytes.indexOf(Buffer.of(0xff, 0xc0, 0, 17, 8))
  bytes.writeUInt16BE(height, frame + 5)
  bytes.writeUInt16BE(width, frame + 7)
  await writeFile(path(name), bytes)
}

test('a picture that claims to be huge is not decoded: for want of a receipt', async () => {
  await writeClaiming('huge.jpg', 60_000, 60_000)
  expect(await latentkit('replay', 'huge.jpg')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^latentkit: huge\.jpg: has no receipt\. /),
  })
})

test('… if the small one would become another size, or if only the receipt asks for that much', async () => {
  const receipt = (await readReceipt(path('large.png'))) as Receipt
  await writeClaiming('huge.jpg', 60_000, 60_000, receipt)
  expect((await latentkit('replay', 'huge.jpg')).stderr).toContain(
    'huge.jpg: it was 60000×60000 pixels, now it would be 48×40.',
  )
  const size = { width: 20_000, height: 10_000 }
  await writeClaiming('asked.jpg', 20_000, 10_000, { ...receipt, settings: { ...receipt.settings, size } })
  expect((await latentkit('replay', 'asked.jpg')).stderr).toMatch(
    /asked\.jpg: has 20000×10000 pixels, more than the 100000000 that are read\. .* raise --max-pixels\.\n$/,
  )
})

test('how large the small picture may be can be said, and its result is 16 times as large', async () => {
  expect((await latentkit('replay', 'large.png', '--max-pixels', '119')).stderr).toMatch(
    /small\.png: has 12×10 pixels, more than the 119 that are read\. .* raise --max-pixels\.\n$/,
  )
  expect((await latentkit('replay', 'large.png', '--max-pixels', '120')).code).toBe(0)
})

test('an output of no format is a wrong option', async () => {
  expect(await latentkit('replay', 'large.png', '-o', 'again.bmp')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^latentkit: --output is "again\.bmp"; expected a name that ends with one of \.png, /,
    ),
  })
})

test('how much memory may be used is no matter of the receipt', async () => {
  const receipt = (await readReceipt(path('large.png'))) as Receipt
  const settings = { ...receipt.settings, memory: 1, width: 3 }
  await writeImage(path('other.png'), await readImage(path('large.png')), { receipt: { ...receipt, settings } })
  expect((await latentkit('replay', 'other.png')).code).toBe(0)
})
