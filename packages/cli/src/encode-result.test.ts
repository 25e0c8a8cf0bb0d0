import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readImage, readReceipt } from '@latentkit/backend-node'
import { type ProgressEvent, rasterImage } from '@latentkit/core'
import type { Receipt } from '@latentkit/models-ldm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runLatentkit } from './command-fixture.ts'
import { assertEncodes, encodeResult } from './encode-result.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const createImage = createRequire(import.meta.resolve('@latentkit/backend-node'))('sharp')
  const grey = createImage(new Uint8Array(72).fill(90), { raw: { width: 6, height: 4, channels: 3 } })
  const whole = await grey.withIccProfile('p3').jpeg().toBuffer()
  await writeFile(join(folder, 'whole.jpg'), whole)
  // Its size, with which a profile begins.
  const size = whole.indexOf('ICC_PROFILE\0') + 14
  await writeFile(join(folder, 'damaged.jpg'), whole.fill(255, size, size + 4))
})
afterEach(() => rm(folder, { recursive: true }))

test('a damaged colour profile is found out before the work, where it is wanted', async () => {
  const upscale = (...args: readonly string[]) =>
    runLatentkit(['upscale', 'damaged.jpg', '--steps', '1', ...args], { cwd: folder })
  const refused = await upscale('--profile', 'original', '-o', 'large.png', '--model', 'nowhere')
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^latentkit: damaged\.jpg: its colour profile cannot be used \(.*\)\. Without --profile original the result becomes sRGB\.\n$/,
    ),
  })
  expect((await upscale('-o', 'large.png')).code).toBe(0)
  expect((await readdir(folder)).sort()).toEqual(['damaged.jpg', 'large.png', 'whole.jpg'])
})

test.skipIf(process.platform === 'win32')('that no temporary file can be made is not the profile’s fault', async () => {
  const args = ['upscale', 'whole.jpg', '--profile', 'original', '-o', 'large.png']
  const { code, stderr } = await runLatentkit(args, { cwd: folder, env: { TMPDIR: join(folder, 'nowhere') } })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^latentkit: picture: nothing can be written to the folder for temporary files, /)
})

test('one that fails only at the end costs the profile, not the picture', async () => {
  const image = await readImage(join(folder, 'damaged.jpg'))
  const warnings: ProgressEvent[] = []
  const receipt = { software: 'test', profile: 'original' } as Receipt
  const encoding = { profile: 'original', receipt } as const
  const bytes = await encodeResult(image, 'large.png', encoding, (event) => warnings.push(event))
  const { data, metadata } = await readImage(bytes)
  expect([data, metadata?.icc]).toEqual([image.data, undefined])
  expect(await readReceipt(bytes)).toEqual({ software: 'test' })
  const message = expect.stringMatching(/^large\.png becomes sRGB, since it cannot be encoded in the original colour/)
  expect(warnings).toEqual([{ type: 'warning', code: 'profile_left_out', message }])
})

test('a whole profile, and pictures of all kinds, are good for one pixel and for all', async () => {
  const image = await readImage(join(folder, 'whole.jpg'))
  expect(image.metadata?.icc).toBeDefined()
  const opaque = rasterImage(2, 1, 4, Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255))
  const deep = rasterImage(1, 1, 2, Uint16Array.of(700, 65535))
  for (const one of [image, opaque, deep])
    for (const name of ['a.png', '.jpg', 'a.webp', 'a.avif', 'a.tif']) {
      await assertEncodes('small.png', name, one, { profile: 'original', quality: undefined })
      const bytes = await encodeResult(one, name, { profile: 'original' }, () => expect.unreachable())
      expect((await readImage(bytes)).metadata?.icc?.length).toBe(one.metadata?.icc?.length)
    }
})
