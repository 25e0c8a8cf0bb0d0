import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startHubServer, type TestHub } from '@latentkit/hub/testing/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openModel } from './open-model.ts'

vi.setConfig({ testTimeout: 60_000 })

const name = 'org/model'
const weights = Buffer.alloc(6_000_000, 'weights ')
const files = {
  'README.md': '# Not needed',
  'model_index.json': '{"_class_name":"X","unet":["diffusers","UNet2DModel"]}',
  'unet/config.json': '{"layers":2}',
  'unet/diffusion_pytorch_model.bin': weights,
  'unet/diffusion_pytorch_model.fp16.bin': weights.subarray(0, 3_000_000),
}
const chosen = ['model_index.json', 'unet/config.json', 'unet/diffusion_pytorch_model.bin']
const neededBytes = chosen.reduce((sum, path) => sum + files[path as keyof typeof files].length, 0)

const isWindows = process.platform === 'win32'
let folder: string
let cacheDir: string
let hub: TestHub
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  cacheDir = join(folder, 'hub')
  hub = await startHubServer({
    [name]: { files },
    'org/paddle': { files: { ...files, 'unet/model_state.pdparams': weights } },
  })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await hub.close()
  await rm(folder, { recursive: true })
})

function drip(pause: number): void {
  hub.fault = ({ host }) => (host === 'cdn' ? { type: 'drip', bytes: 50_000, pause } : undefined)
}

/** Every file and link below a folder, links with where they lead. */
async function tree(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true })
  const described = entries.sort().map(async (path): Promise<[string, string][]> => {
    const status = await lstat(join(root, path))
    if (status.isDirectory()) return []
    return [[path, status.isSymbolicLink() ? `→ ${await readlink(join(root, path))}` : `${status.size} bytes`]]
  })
  return Object.fromEntries((await Promise.all(described)).flat())
}

test('a repository is fetched once, into the cache that the environment names', async () => {
  vi.stubEnv('HF_ENDPOINT', hub.endpoint)
  vi.stubEnv('HF_HOME', folder)
  vi.stubEnv('HF_HUB_CACHE', '')
  const model = await openModel(name)
  expect(await model.list()).toEqual(chosen)
  const file = await model.open('unet/diffusion_pytorch_model.bin')
  expect((await readFile(file.localPath!)).equals(weights)).toBe(true)
  // Where links are not allowed, it is a second name of the blob.
  if (!isWindows) expect(file.localPath).toMatch(/hub\/models--org--model\/blobs\/[0-9a-f]{64}$/)
  vi.stubEnv('HF_HUB_OFFLINE', '1')
  hub.requests.length = 0
  expect(await (await openModel(name)).list()).toEqual(chosen)
  expect(hub.requests).toEqual([])
})

test('a folder of the same name wins', async () => {
  // Vitest runs in the repository's folder, whose packages/hub could be an organisation's model.
  expect(await (await openModel('packages/hub', { endpoint: hub.endpoint })).list()).toContain('package.json')
  expect(hub.requests).toEqual([])
})

test('a name that is neither a folder nor a repository is told to be neither', async () => {
  await expect(openModel('models/tinny', { endpoint: hub.endpoint })).rejects.toMatchObject({
    code: 'access',
    message: expect.stringMatching(/no such repository.* Nor is there a folder or file "models\/tinny"\.$/),
  })
})

test.each(['', '../../x', 'main'])('a file refs/main that holds %j is none', async (ref) => {
  const refs = join(cacheDir, 'models--org--model/refs')
  await mkdir(refs, { recursive: true })
  await writeFile(join(refs, 'main'), ref)
  const options = { endpoint: hub.endpoint, cacheDir }
  await expect(openModel(name, { ...options, offline: true })).rejects.toMatchObject({ code: 'offline' })
  expect(await (await openModel(name, options)).list()).toEqual(chosen)
  expect(await (await openModel(name, { ...options, offline: true })).list()).toEqual(chosen)
})

test('a model of PaddleNLP', async () => {
  const model = await openModel('paddle:org/paddle', { endpoint: hub.paddleEndpoint, cacheDir })
  expect(await model.list()).toEqual(['model_index.json', 'unet/config.json', 'unet/model_state.pdparams'])
  expect(await readdir(cacheDir)).toEqual(['.locks', 'models--paddle--org--paddle'])
})

describe('processes', () => {
  const script = join(import.meta.dirname, 'fetch-process-fixture.mjs')
  function start(): { child: ChildProcess; output: () => string; end: Promise<number | null> } {
    const child = spawn(process.execPath, [script, name, hub.endpoint, cacheDir])
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    child.stderr.on('data', (text) => {
      output += text
    })
    return { child, output: () => output, end: new Promise((resolve) => child.on('close', resolve)) }
  }
  const received = (output: string) => Number(output.trim().split('\n').at(-1))
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  test('two that want the same fetch it once', async () => {
    drip(5)
    const both = [start(), start()]
    expect(await Promise.all(both.map(({ end }) => end))).toEqual([0, 0])
    expect(both.map(({ output }) => output().trim().split('\n').at(-1))).toEqual(['done 3', 'done 3'])
    expect(hub.sentBytes()).toBe(neededBytes)
  })

  test.each(['SIGINT', 'SIGKILL'] as const)(
    'one that ends by %s leaves a part that the next goes on with',
    async (signal) => {
      drip(20)
      const first = start()
      // More than a second, so that a journal has been saved, and some parts more than half of the weights.
      await until(() => received(first.output()) > 3_200_000)
      first.child.kill(signal)
      expect(await first.end).not.toBe(0)
      await new Promise((resolve) => setTimeout(resolve, 200))
      const blobs = await readdir(join(cacheDir, 'models--org--model/blobs'))
      expect(blobs.filter((blob) => blob.includes('incomplete'))).toHaveLength(2)
      hub.fault = () => undefined
      const before = hub.sentBytes()
      const second = start()
      expect(await second.end).toBe(0)
      // Windows has no signals: there both end it at once.
      expect(hub.sentBytes() - before).toBeLessThan(signal === 'SIGINT' && !isWindows ? 3_000_000 : 5_500_000)
      expect((await readdir(join(cacheDir, 'models--org--model/blobs'))).length).toBe(3)
      const path = join(
        cacheDir,
        'models--org--model/snapshots',
        hub.commitOf(name),
        'unet/diffusion_pytorch_model.bin',
      )
      expect((await readFile(path)).equals(weights)).toBe(true)
    },
  )
})

// Set LATENTKIT_PYTHON to a Python that has huggingface_hub.
const python = process.env.LATENTKIT_PYTHON
describe.skipIf(!python)('one download serves huggingface_hub too (LATENTKIT_PYTHON)', () => {
  async function runPython(code: string): Promise<string> {
    const env = { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cacheDir, HF_HUB_DISABLE_TELEMETRY: '1' }
    return (await promisify(execFile)(python!, ['-c', code], { env })).stdout.trim()
  }
  const snapshot = (options: string) =>
    `from huggingface_hub import snapshot_download as s; print(s("${name}", allow_patterns=${JSON.stringify(chosen)}${options}))`

  test('the same files, links and refs', async () => {
    await runPython(snapshot(''))
    const theirs = await tree(join(cacheDir, 'models--org--model'))
    await rm(cacheDir, { recursive: true })
    await openModel(name, { endpoint: hub.endpoint, cacheDir })
    const ours = await tree(join(cacheDir, 'models--org--model'))
    expect(ours).toEqual(theirs)
  })

  test('Python uses ours without a request for content, and we Python’s', async () => {
    await openModel(name, { endpoint: hub.endpoint, cacheDir })
    const before = hub.sentBytes()
    const path = await runPython(snapshot(''))
    expect(path).toContain(`models--org--model/snapshots/${hub.commitOf(name)}`)
    expect(await runPython(snapshot(', local_files_only=True'))).toBe(path)
    expect(hub.sentBytes()).toBe(before)
    await rm(cacheDir, { recursive: true })
    await runPython(snapshot(''))
    hub.requests.length = 0
    expect(await (await openModel(name, { endpoint: hub.endpoint, cacheDir, offline: true })).list()).toEqual(chosen)
    expect(hub.requests).toEqual([])
  })

  test('its cache scan finds nothing wrong, with a PaddleNLP model beside', async () => {
    await openModel(name, { endpoint: hub.endpoint, cacheDir })
    await openModel('paddle:org/paddle', { endpoint: hub.paddleEndpoint, cacheDir })
    const code =
      'from huggingface_hub import scan_cache_dir as s; c = s(); print(sorted(r.repo_id for r in c.repos), len(c.warnings))'
    expect(await runPython(code)).toBe("['org/model', 'paddle/org/paddle'] 0")
  })
})
