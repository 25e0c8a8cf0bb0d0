import { execFile } from 'node:child_process'
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
// By its name, as users import it: the runtime's thread needs the built files.
import { createNodeBackend } from '@latentkit/backend-node'
import { memoryFile, type RandomAccessFile } from '@latentkit/core'
import { backendConformance } from '@latentkit/core/testing'
import { conformanceModels } from '@latentkit/onnx-graph/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let folder: string
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'latentkit-')))
})
afterAll(() => rm(folder, { recursive: true }))

async function diskFile(bytes: Uint8Array) {
  const localPath = join(folder, `${Math.random()}.safetensors`)
  await writeFile(localPath, bytes)
  return {
    ...memoryFile(localPath, bytes),
    localPath,
    read: () => Promise.reject(new Error('must be mapped, not read')),
  }
}

describe.each([
  ['weights mapped from disk', { weightFile: diskFile }],
  ['weights in memory', {}],
] as const)('conformance, %s', (_, kind) => {
  const suite = backendConformance({ models: conformanceModels, createBackend: () => createNodeBackend(), ...kind })
  for (const { name, run } of suite) test(name, run)
})

test('files of different folders are mapped from the folder they share', async () => {
  const backend = createNodeBackend({ saveMemory: true, threads: 1 })
  const file = await diskFile(new Uint8Array(Float32Array.of(0, 0, 1, 0, 0, 1, 1, -1).buffer).slice(3))
  const unused = { ...file, localPath: join(folder, 'elsewhere', 'deeper', 'other.safetensors') }
  const session = await backend.createSession({
    name: 'two folders',
    weights: { 'unet/model': file, 'vqvae/model': unused },
    model: (locations) => {
      expect(locations['vqvae/model']).toBe('elsewhere/deeper/other.safetensors')
      return conformanceModels.float32Weights(locations['unet/model']!)
    },
  })
  expect(session.inputs[0]!.name).toBe('x')
  await backend.dispose()
})

test('weights that only Node can read by their path are handed over in memory', async () => {
  const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 0, 0, 1, 1, -1).buffer)
  const localPath = join(folder, 'archive.zip', 'model', 'a.safetensors')
  const backend = createNodeBackend()
  const make = (file: RandomAccessFile) =>
    backend.createSession({
      name: 'in an archive',
      weights: { 'unet/model': file },
      model: (locations) => conformanceModels.float32Weights(locations['unet/model']!),
    })
  expect((await make({ ...memoryFile(localPath, bytes), localPath })).inputs[0]!.name).toBe('x')
  const gone = () => Promise.reject(new Error('it is gone'))
  await expect(make({ ...memoryFile(localPath, bytes), localPath, read: gone })).rejects.toThrow('it is gone')
  await backend.dispose()
})

describe('a thread that ends', () => {
  /** Makes a session and gives the thread that it is in. */
  async function start() {
    const backend = createNodeBackend()
    const threads: Worker[] = []
    const see = (thread: Worker) => void threads.push(thread)
    process.on('worker', see)
    const make = () => backend.createSession({ name: 'affine', weights: {}, model: conformanceModels.affine })
    const session = await make()
    process.off('worker', see)
    return { backend, thread: threads[0]!, session, make }
  }
  const x = { dtype: 'float32', shape: [2, 3], data: new Float32Array(6) } as const

  test('takes its sessions with it; new ones have a new thread', async () => {
    const { backend, thread, session, make } = await start()
    await thread.terminate()
    const another = await make()
    await expect(session.run({ x })).rejects.toThrow(/thread that this session was in has ended/)
    // Nor does disposing of it take somebody else's.
    await session.dispose()
    expect((await another.run({ x })).y!.data).toHaveLength(6)
    await backend.dispose()
  })

  test('leaves alone what is asked of the next one', async () => {
    const { backend, thread, make } = await start()
    thread.emit('error', new Error('planted'))
    const another = make()
    await thread.terminate()
    expect((await (await another).run({ x })).y!.data).toHaveLength(6)
    await backend.dispose()
  })
})

test('an input that cannot be sent to the runtime’s thread is a clear error, and does not keep the process alive', async () => {
  const script = `
    import { createNodeBackend } from '@latentkit/backend-node'
    import { conformanceModels } from '@latentkit/onnx-graph/testing'
    const session = await createNodeBackend().createSession({ name: 'affine', weights: {}, model: conformanceModels.affine })
    const x = { dtype: 'float32', shape: [2, 3], data: new Float32Array(6), toJSON() {} }
    await session.run({ x }).catch(({ name, message }) => console.log(name, message))`
  const options = { cwd: import.meta.dirname, timeout: 30_000 }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
  expect(stdout).toMatch(/^BackendError .*a tensor cannot be sent to the runtime's thread \(.*could not be cloned/)
})

// Windows keeps a folder that somebody works in.
test.skipIf(process.platform === 'win32')(
  'a working folder that is gone, without which Node starts no thread, is told',
  async () => {
    const script = `
    import { mkdtempSync, rmdirSync } from 'node:fs'
    import { createNodeBackend } from '@latentkit/backend-node'
    import { conformanceModels } from '@latentkit/onnx-graph/testing'
    const folder = mkdtempSync(process.argv[1])
    process.chdir(folder)
    rmdirSync(folder)
    const made = createNodeBackend().createSession({ name: 'affine', weights: {}, model: conformanceModels.affine })
    await made.catch(({ name, message }) => console.log(name, message))`
    const args = ['--input-type=module', '-e', script, join(folder, 'gone-')]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
    expect(stdout).toMatch(
      /^BackendError .*The folder that this process works in has been removed: start it in another one\./,
    )
  },
)

test('a device that is not there is a clear error', async () => {
  expect(() => createNodeBackend({ device: 'tpu' as never })).toThrow(
    'device is "tpu"; expected one of cpu, cuda, webgpu, coreml, dml.',
  )
  expect(() => createNodeBackend({ threads: 0 })).toThrow('threads is 0')
  expect(() => createNodeBackend({ thread: 1 } as never)).toThrow(
    'option is "thread"; expected one of device, threads, saveMemory.',
  )
  // What is not given may be undefined.
  const [device, threads, saveMemory] = [] as undefined[]
  createNodeBackend({ device, threads, saveMemory })
  const backend = createNodeBackend({ device: 'cuda' })
  await expect(backend.createSession({ name: 'affine', weights: {}, model: conformanceModels.affine })).rejects.toThrow(
    /affine on cuda.*"cpu"/s,
  )
  await backend.dispose()
})

test('a platform that the runtime is not made for is told as one', async () => {
  const backend = createNodeBackend()
  const path = '../bin/napi-v6/sunos/x64/onnxruntime_binding.node'
  const error = new Error(
    `Cannot find module '${path}'\nRequire stack:\n- /node_modules/onnxruntime-node/dist/binding.js`,
  )
  const threads: Worker[] = []
  process.once('worker', (thread) => {
    threads.push(thread)
    thread.emit('error', Object.assign(error, { code: 'MODULE_NOT_FOUND' }))
  })
  const session = backend.createSession({ name: 'affine', weights: {}, model: conformanceModels.affine })
  await expect(session).rejects.toMatchObject({
    code: 'backend',
    // As this test runs on a platform that there is a binary for.
    message: `onnxruntime-node: cannot load affine on cpu: the runtime's thread failed: Cannot find module '${path}'. Install onnxruntime-node again: its binary is missing.`,
  })
  await backend.dispose()
  await threads[0]!.terminate()
})

test.each([
  ['process.exit(7)', 7],
  ["throw new Error('planted')", 1],
])('a process that ends during a run by %s keeps its exit code: onnxruntime would abort it', async (end, code) => {
  const script = `
    import { createNodeBackend } from '@latentkit/backend-node'
    import { conformanceModels } from '@latentkit/onnx-graph/testing'
    const model = () => conformanceModels.busy(400)
    const session = await createNodeBackend().createSession({ name: 'busy', weights: {}, model })
    const [{ name, dtype, shape }] = session.inputs
    const x = { dtype, shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }
    for (let i = 0; i < 20; i++) session.run({ [name]: x })
    setTimeout(() => { ${end} }, 50)`
  const options = { cwd: import.meta.dirname, timeout: 30_000 }
  const ended = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
  await expect(ended).rejects.toMatchObject({ code, signal: null })
})

test('nothing is written below the home and the process ends by itself, disposed or not', async () => {
  const script = `
    import { createNodeBackend } from '@latentkit/backend-node'
    import { conformanceModels } from '@latentkit/onnx-graph/testing'
    const session = await createNodeBackend().createSession({ name: 'affine', weights: {}, model: conformanceModels.affine })
    const x = { dtype: 'float32', shape: [2, 3], data: new Float32Array(6) }
    console.log((await session.run({ x })).y.data.join())`
  const home = await mkdtemp(join(folder, 'home-'))
  const env = { PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: join(home, 'cache') }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    env: env as never,
    timeout: 30_000,
  })
  expect(stdout).toBe('1,1,1,1,1,1\n')
  expect(stderr).toBe('')
  expect(await readdir(home)).toEqual([])
})
