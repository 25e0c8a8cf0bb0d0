import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readImage, readReceipt, writeImage } from '@latentkit/backend-node'
import { rasterImage } from '@latentkit/core'
import { startHubServer, type TestHub } from '@latentkit/hub/testing/server'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import type { Receipt } from '@latentkit/models-ldm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runLatentkit } from './command-fixture.ts'

vi.setConfig({ testTimeout: 60_000 })

const name = 'latentkit/tiny'
let folder: string
let hub: TestHub
let files: Readonly<Record<string, Uint8Array>>
const path = (name: string) => join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const read = Object.entries(modelFiles).map(
    async ([path, url]) => [path, await readFile(fileURLToPath(url))] as const,
  )
  files = Object.fromEntries(await Promise.all(read))
  hub = await startHubServer({ [name]: { files } })
  await writeImage(path('small.png'), rasterImage(12, 10, 3, new Uint8Array(360).fill(77)))
})
afterEach(async () => {
  await hub.close()
  await rm(folder, { recursive: true })
})

function latentkit(...args: readonly string[]) {
  const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: path('hub'), HF_TOKEN: '', XDG_CACHE_HOME: folder }
  return runLatentkit(args, { cwd: folder, env })
}

/** Writes a picture whose receipt names a model. */
async function writeNaming(picture: string, model: string): Promise<void> {
  await latentkit('upscale', 'small.png', '--steps', '1', '-o', 'own.png')
  const receipt = (await readReceipt(path('own.png'))) as Receipt
  const changed = { ...receipt, model: { ...receipt.model, name: model } }
  await writeImage(path(picture), await readImage(path('own.png')), { receipt: changed })
}

describe('a receipt alone', () => {
  test.each([
    ['http://127.0.0.1:1/model', 'http://127.0.0.1:1/model'],
    ['/etc/passwd', '/etc/passwd'],
    ['latentkit/tiny', 'latentkit/tiny'],
    ['a/b c; rm -rf', process.platform === 'win32' ? undefined : "'a/b c; rm -rf'"],
    ["it's\nnew", undefined],
  ])('does not open %j', async (model, word) => {
    await writeNaming('large.png', model)
    const { code, stdout, stderr } = await latentkit('replay', 'large.png')
    expect([code, stdout]).toEqual([1, ''])
    const shown = model.replace('\n', '\\x0a')
    const todo = word ? `If you trust it: latentkit replay large.png --model ${word}` : 'If you trust it, give it'
    expect(stderr).toContain(`latentkit: large.png: its receipt names the model "${shown}", which is not kept here`)
    expect(stderr).toContain(todo)
    expect(hub.requests).toEqual([])
  })

  test('does not open a folder, not even one that is named like a repository; the command that is told does', async () => {
    for (const [file, bytes] of Object.entries(files)) {
      await mkdir(path(join('my', 'model', file, '..')), { recursive: true })
      await writeFile(path(`my/model/${file}`), bytes)
    }
    await latentkit('upscale', 'small.png', '--steps', '1', '--model', 'my/model', '-o', 'large.png')
    const { code, stderr } = await latentkit(
      'replay',
      'large.png',
      '--input',
      './small.png',
      '--device',
      'cpu',
      '--max-pixels',
      '500',
    )
    expect(code).toBe(1)
    const [, command] = /If you trust it: latentkit (.*)\n$/.exec(stderr)!
    expect(command).toBe('replay large.png --input ./small.png --device cpu --max-pixels 500 --model my/model')
    expect(await latentkit(...command!.split(' '))).toMatchObject({ code: 0 })
  })

  test('opens a model that is kept, in the commit that it names, and asks nobody', async () => {
    await latentkit('upscale', 'small.png', '--steps', '1', '--model', name, '-o', 'large.png')
    const commit = hub.commitOf(name)
    expect(await readReceipt(path('large.png'))).toMatchObject({ model: { name, revision: commit } })
    hub.put(name, { files: { ...files, 'new.txt': new Uint8Array(1) } })
    const before = hub.requests.length
    expect(await latentkit('replay', 'large.png')).toMatchObject({
      code: 0,
      stdout: 'large.png: the same picture came out again\n',
    })
    expect(hub.requests).toHaveLength(before)

    await rm(path('hub'), { recursive: true })
    expect((await latentkit('replay', 'large.png')).stderr).toContain(
      `If you trust it: latentkit replay large.png --model ${name}\n`,
    )
    expect(hub.requests).toHaveLength(before)
  })
})

test('a model that is given by the name in the receipt is fetched in the commit that it names', async () => {
  await latentkit('upscale', 'small.png', '--steps', '1', '--model', name, '-o', 'large.png')
  await rm(path('hub'), { recursive: true })
  const before = hub.requests.length
  expect(await latentkit('replay', 'large.png', '--model', name)).toMatchObject({ code: 0 })
  const asked = hub.requests.slice(before).map(({ path }) => path)
  expect(asked.filter((path) => /\/main(\/|$|\?)/.test(path))).toEqual([])
})
