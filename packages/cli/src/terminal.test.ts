import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runLatentkit } from './command-fixture.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
})
afterEach(() => rm(folder, { recursive: true }))

const latentkit = (...args: readonly string[]) => runLatentkit(args, { cwd: folder })
/** What would erase the screen and forge a line. */
const evil = 'a\x1b[2J\x9b1mb\nlatentkit: done'
const shown = 'a\\x1b[2J\\x9b1mb\\x0alatentkit: done'

async function writeWeights(path: string): Promise<void> {
  const header = Buffer.from(JSON.stringify({ [evil]: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setUint32(0, header.length, true)
  await writeFile(join(folder, path), Buffer.concat([length, header, new Uint8Array(4)]))
}

test('names in a weight file or a configuration reach the terminal as what is seen', async () => {
  await writeWeights('diffusion_pytorch_model.safetensors')
  await writeFile(join(folder, 'config.json'), JSON.stringify({ _class_name: evil }))
  const { code, stdout } = await latentkit('inspect', '.')
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual([
    expect.stringContaining(`(${shown}): safetensors, 1 tensors`),
    '',
    expect.stringMatching(/^name +type/),
    expect.stringContaining(`${shown}  float32  [1]`),
    '',
  ])
  const json = (await latentkit('inspect', '.', '--json')).stdout
  expect(json).not.toContain('\x9b')
  expect(JSON.parse(json)[0].tensors[0].name).toBe(evil)
})

test.skipIf(process.platform === 'win32')('names of files do so, too, in messages, notes and advice', async () => {
  await mkdir(join(folder, 'photos'))
  await writeFile(join(folder, `photos/${evil}.png`), 'no picture')
  await writeFile(join(folder, `photos/${evil}.bmp`), '')
  const { stderr } = await latentkit('upscale', 'photos')
  expect(stderr.trim().split('\n')).toEqual([
    `Note: Left out: 1 picture of a kind that cannot be read (photos/${shown}.bmp).`,
    `photos/${shown}.png (1 of 1)`,
    expect.stringContaining(`latentkit: photos/${shown}.png: is not a picture that can be read.`),
    `latentkit: 1 of 1 pictures failed: photos/${shown}.png.`,
  ])
  expect((await latentkit('upscale', `--${evil}`)).stderr).toBe(
    `error: unknown option '--${shown}'\n(--help shows what there is)\n`,
  )
  expect((await latentkit('upscale', 'a.png', '--resum')).stderr).toBe(
    "error: unknown option '--resum'\n(Did you mean --resume?)\n(--help shows what there is)\n",
  )
  const { stderr: debugged } = await latentkit('--debug', 'upscale', `${evil}.jpg`)
  expect(debugged).not.toContain('\x1b')
  expect(debugged).toContain('\n    at ')
})
