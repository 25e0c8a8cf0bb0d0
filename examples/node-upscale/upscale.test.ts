import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readImage, writeImage } from '@latentkit/backend-node'
import { expect, test } from 'vitest'

const program = join(import.meta.dirname, 'upscale.mjs')

test('the example makes a picture four times as large', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  await writeImage(join(folder, 'small.png'), { width: 6, height: 5, channels: 3, data: new Uint8Array(90).fill(99) })
  await promisify(execFile)(process.execPath, [program, join(folder, 'small.png'), join(folder, 'large.png')])
  expect(await readImage(join(folder, 'large.png'))).toMatchObject({ width: 24, height: 20, channels: 3 })
  await rm(folder, { recursive: true })
})

test('the README shows it word for word', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8')
  expect(readme).toContain((await readFile(program, 'utf8')).trim())
})
