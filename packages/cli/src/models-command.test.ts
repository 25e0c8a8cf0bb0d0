import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readImage, writeImage } from '@latentkit/backend-node'
import { rasterImage } from '@latentkit/core'
import { startHubServer, type TestHub } from '@latentkit/hub/testing/server'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type RunOptions, runLatentkit } from './command-fixture.ts'

vi.setConfig({ testTimeout: 60_000 })

const name = 'latentkit/tiny'
let folder: string
let hub: TestHub
let files: Readonly<Record<string, Uint8Array>>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const read = Object.entries(modelFiles).map(
    async ([path, url]) => [path, await readFile(fileURLToPath(url))] as const,
  )
  files = Object.fromEntries(await Promise.all(read))
  hub = await startHubServer({ [name]: { files } })
})
afterEach(async () => {
  await hub.close()
  await rm(folder, { recursive: true })
})

function latentkit(args: readonly string[], onOutput?: RunOptions['onOutput']) {
  const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(folder, 'hub'), HF_TOKEN: '', XDG_CACHE_HOME: folder }
  return runLatentkit(args, { cwd: folder, env, onOutput })
}

test('pull, list, verify, remove', async () => {
  const pulled = await latentkit(['models', 'pull', name])
  expect(pulled.stderr).toMatch(/^(Fetched .* of 4\.9 MB, .*\/s, .* left\n)+$/)
  expect(pulled.stdout).toMatch(/^latentkit\/tiny: \d+ files, 4\.9 MB, commit [0-9a-f]{8}\n$/)
  expect(pulled.code).toBe(0)

  const again = await latentkit(['models', 'pull', name, '--json'])
  expect(again.stderr).toBe('')
  const { commit, files: pulledFiles } = JSON.parse(again.stdout)
  expect(commit).toBe(hub.commitOf(name))

  expect((await latentkit(['models', 'list'])).stdout).toMatch(
    /^ +4\.9 MB {2}latentkit\/tiny {2}[0-9a-f]{8} \(\d files\)\n$/,
  )
  expect(JSON.parse((await latentkit(['models', 'list', '--json'])).stdout).models[0]).toMatchObject({ name })
  expect(await latentkit(['models', 'verify'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d files checked, 0 wrong\n$/),
  })

  const weights = pulledFiles.find(({ path }: { path: string }) => path.startsWith('unet/diffusion')).localPath
  const bytes = await readFile(weights)
  bytes[1000]! ^= 1
  await writeFile(weights, bytes)
  const wrong = await latentkit(['models', 'verify', name, '--remove-wrong'])
  expect(wrong.stdout).toMatch(/^wrong: latentkit\/tiny\/unet\/diffusion_pytorch_model.*\n\d files checked, 1 wrong\n$/)
  expect(wrong.stderr).toMatch(/1 files are not what they should be\. They were removed; pull them again\.\n$/)
  expect(wrong.code).toBe(1)
  await latentkit(['models', 'pull', name])
  expect((await latentkit(['models', 'verify', name])).code).toBe(0)

  const copies = join(folder, 'latentkit/weights/copies')
  await mkdir(copies, { recursive: true })
  await writeFile(join(copies, 'sources.json'), JSON.stringify([weights]))
  expect((await latentkit(['models', 'remove', name])).stdout).toBe('latentkit/tiny: removed, 4.9 MB set free\n')
  expect(await readdir(join(folder, 'latentkit/weights'))).toEqual([])
  expect((await latentkit(['models', 'list'])).stdout).toMatch(/^No models in /)
  expect(await latentkit(['models', 'remove', name])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^latentkit: latentkit\/tiny: is not kept in .*\. There are no models\.\n$/),
  })
})

test.skipIf(process.platform === 'win32')('Ctrl-C stops a pull, and the next one goes on', async () => {
  hub.fault = ({ host }) => (host === 'cdn' ? { type: 'drip', bytes: 50_000, pause: 20 } : undefined)
  let pressed = false
  const stopped = await latentkit(['models', 'pull', name], (said, stop) => {
    // A second Ctrl-C would end the process at once.
    if (!pressed && said.includes('Fetched')) stop('SIGINT')
    pressed ||= said.includes('Fetched')
  })
  expect(stopped.stderr).toMatch(/latentkit: stopped; what was fetched stays, and the next pull goes on there\.\n$/)
  expect(stopped.code).toBe(130)
  hub.fault = () => undefined
  await new Promise((resolve) => setTimeout(resolve, 100))
  const before = hub.sentBytes()
  expect((await latentkit(['models', 'pull', name])).code).toBe(0)
  const total = Object.values(files).reduce((sum, { length }) => sum + length, 0)
  const told = [...stopped.stderr.matchAll(/Fetched ([\d.]+) (kB|MB) of/g)].at(-1)!
  const received = Number(told[1]) * (told[2] === 'MB' ? 1e6 : 1e3)
  expect(received).toBeGreaterThan(400_000)
  // What was told is rounded.
  expect(hub.sentBytes() - before).toBeLessThan(total - received + 60_000)
  const blobs = await readdir(join(folder, 'hub/models--latentkit--tiny/blobs'))
  expect(blobs.filter((blob) => blob.includes('incomplete'))).toEqual([])
})

test('upscale fetches the model that it is given by name', async () => {
  await writeImage(join(folder, 'small.png'), rasterImage(8, 8, 3, new Uint8Array(192).fill(100)))
  const { code, stderr } = await latentkit(['upscale', 'small.png', '--model', name, '--steps', '1'])
  expect(stderr).toMatch(/^Fetched .*\n(.*\n)*Loading the model\n/)
  expect(code).toBe(0)
  expect(await readImage(join(folder, 'small-4x.png'))).toMatchObject({ width: 32, height: 32 })
})

describe('other commands fetch what they need of a model that is given by name', () => {
  test('inspect: weights of the variant, with progress', async () => {
    const half = Object.entries(files).map(([path, bytes]) => [
      path.replace('.safetensors', '.fp16.safetensors'),
      bytes,
    ])
    hub.put(name, { files: { ...files, ...Object.fromEntries(half) } })
    const { code, stdout, stderr } = await latentkit(['inspect', name, '--variant', 'fp16'])
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^(Fetched .*\n)+$/)])
    expect(stdout).toMatch(/^unet\/diffusion_pytorch_model\.fp16\.safetensors \(UNet2DModel\)/)
    const fetched = hub.requests.filter(({ host }) => host === 'cdn').map(({ path }) => path)
    expect(fetched.filter((path) => !path.includes('fp16'))).toEqual([])
  })

  test.skipIf(process.platform === 'win32')('inspect: Ctrl-C stops it', async () => {
    hub.fault = ({ host }) => (host === 'cdn' ? { type: 'drip', bytes: 50_000, pause: 20 } : undefined)
    let pressed = false
    const { code, stderr } = await latentkit(['inspect', name], (said, stop) => {
      if (!pressed && said.includes('Fetched')) stop('SIGINT')
      pressed ||= said.includes('Fetched')
    })
    expect([code, stderr]).toEqual([130, expect.stringMatching(/stopped; what was fetched stays\.\n$/)])
  })

  test('plan: the scheduler', async () => {
    const { code, stdout } = await latentkit(['plan', '--model', name, '--steps', '3'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^DDIMScheduler: 3 model evaluations/)])
    expect(hub.requests.filter(({ path }) => path.includes('diffusion_pytorch_model'))).toEqual([])
  })

  test('plan: nothing of a model that is kept, which stays as it is', async () => {
    await latentkit(['models', 'pull', name])
    const kept = hub.commitOf(name)
    hub.put(name, { files: { ...files, 'new.txt': new Uint8Array(1) } })
    expect((await latentkit(['plan', '--model', name, '--steps', '3'])).code).toBe(0)
    const { models } = JSON.parse((await latentkit(['models', 'list', '--json'])).stdout)
    expect(models[0].commits.map(({ commit }: { commit: string }) => commit)).toEqual([kept])
  })
})

test('what goes wrong is one line', async () => {
  const missing = await latentkit(['models', 'pull', 'no/such'])
  expect(missing).toMatchObject({ code: 1, stdout: '' })
  expect(missing.stderr).toMatch(
    /^latentkit: no\/such: no such repository, or a private one \(HTTP 401\)\. .*HF_TOKEN.*\n$/,
  )
  expect((await latentkit(['models', 'pull', 'nonsense'])).code).toBe(2)
  expect((await latentkit(['models', 'pull', name, '--revision', 'v9'])).stderr).toMatch(/has no revision "v9"/)
  expect((await latentkit(['models', 'pull', name, '--variant', 'int4'])).stderr).toMatch(
    /no weights of variant "int4"/,
  )
})
