// By its name, as users import it: the worker needs the built files.
import { createWebBackend, type WebBackend, type WebBackendOptions } from '@latentkit/backend-web'
import { float32, memoryFile, type Session } from '@latentkit/core'
import { backendConformance } from '@latentkit/core/testing'
import { conformanceModels } from '@latentkit/onnx-graph/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { makeOddWorker } from './__fixtures__/make-odd-worker.ts'

const x = float32([2, 3], [1, 2, 3, 4, 5, 6])
const affine = { name: 'affine', weights: {}, model: conformanceModels.affine }
const doubled = [3, 5, 7, 9, 11, 13]

const made: WebBackend[] = []
function create(options?: WebBackendOptions): WebBackend {
  const backend = createWebBackend(options)
  made.push(backend)
  return backend
}
afterEach(() => Promise.all(made.splice(0).map((backend) => backend.dispose())))

async function blobFile(bytes: Uint8Array) {
  const blob = new Blob([bytes as BlobPart])
  const read = () => Promise.reject(new Error('must be read by the worker'))
  return { name: 'weights', size: blob.size, blob, read }
}

describe.each(['wasm', 'webgpu'] as const)('conformance on %s', (device) => {
  const models = conformanceModels
  const suite = backendConformance({ models, createBackend: () => createWebBackend({ device }), weightFile: blobFile })
  for (const { name, run } of suite) test(name, run)

  test('it is this device that runs', async () => {
    expect(await create({ device }).report()).toMatchObject({ device })
  })
})

describe('the device', () => {
  test('auto takes WebGPU where there is an adapter', async () => {
    const report = await create().report()
    expect(report).toMatchObject({ device: 'webgpu', notices: [] })
    expect(report.adapter).not.toBe('')
  })

  test('without an adapter auto runs on the processor and says why; asked for by name it is an error', async () => {
    const createWorker = () => makeOddWorker('no adapter')
    const report = await create({ createWorker }).report()
    expect(report).toMatchObject({
      device: 'wasm',
      notices: [
        {
          code: 'no_webgpu',
          message: 'Runs on the processor: the browser offers no graphics adapter for WebGPU.',
        },
      ],
    })
    await expect(create({ createWorker, device: 'webgpu' }).report()).rejects.toMatchObject({
      code: 'no_webgpu',
      message: 'onnxruntime-web: the browser offers no graphics adapter for WebGPU. Use the device "wasm" or "auto".',
    })
  })

  test('without WebAssembly there is none, and this is said', async () => {
    const createWorker = () => makeOddWorker('no WebAssembly')
    await expect(create({ createWorker }).report()).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringMatching(/^onnxruntime-web: there is no WebAssembly in this browser\. Is it switched off/),
    })
  })

  test('without isolation it runs on one thread and says why; with it on those asked for', async () => {
    const createWorker = () => makeOddWorker('no isolation')
    const alone = await create({ device: 'wasm', threads: 2, createWorker }).report()
    expect(alone.threads).toBe(1)
    expect(alone.notices).toMatchObject([
      { code: 'one_thread', message: expect.stringContaining('Cross-Origin-Opener-Policy') },
    ])
    expect(crossOriginIsolated).toBe(true)
    expect(await create({ device: 'wasm', threads: 2 }).report()).toMatchObject({ threads: 2, notices: [] })
  })

  test('where the server gives the threads’ script with a wrong type, one thread runs, and this is told', async () => {
    const createWorker = () => new Worker('/refused-threads/runtime-worker.js', { type: 'module' })
    const wasmFolder = '/refused-threads/'
    const backend = create({ device: 'wasm', threads: 2, createWorker, wasmFolder })
    // Threads start with the first session.
    expect(await backend.report()).toMatchObject({ threads: 2, notices: [] })
    const session = await backend.createSession(affine)
    expect([...(await session.run({ x })).y!.data]).toEqual(doubled)
    expect(await backend.report()).toMatchObject({
      threads: 1,
      notices: [{ code: 'threads_refused', message: expect.stringMatching(/refused-threads\/ort.*text\/javascript/) }],
    })
  })

  test('options that make no sense are refused', () => {
    expect(() => createWebBackend({ device: 'cuda' as never })).toThrow('expected one of auto, webgpu, wasm.')
    expect(() => createWebBackend({ threads: 1.5 })).toThrow('threads is 1.5')
    expect(() => createWebBackend({ thread: 1 } as object)).toThrow(
      'option is "thread"; expected one of device, threads, wasmFolder, createWorker, patience.',
    )
  })

  test('options may be given as undefined', async () => {
    for (const patience of [Number.NaN, -1, '5' as never])
      expect(() => createWebBackend({ patience })).toThrow(/^patience is .*; expected a number of seconds from 0\.$/)
    const none = { threads: undefined, wasmFolder: undefined, createWorker: undefined, patience: undefined }
    expect(await create({ device: undefined, ...none }).report()).toMatchObject({ device: 'webgpu' })
  })

  test('a lost device is an error of its own kind, and the next run works', async () => {
    const workers: Worker[] = []
    const session = await create({ device: 'webgpu', createWorker: () => makeOddWorker('', workers) }).createSession(
      affine,
    )
    workers[0]!.postMessage({ test: 'destroy the device' })
    const error = await untilItFails(session)
    expect(error).toMatchObject({ code: 'device_lost', name: 'DeviceLostError' })
    expect([...(await session.run({ x })).y!.data]).toEqual(doubled)
    expect(workers.length).toBe(2)
  })
})

test('runs asked for at once are done one after the other, those of several sessions too', async () => {
  const backend = create({ device: 'wasm' })
  const [one, other] = await Promise.all([backend.createSession(affine), backend.createSession(affine)])
  const runs = Array.from({ length: 20 }, (_, i) => {
    const values = float32([2, 3], [i, i, i, i, i, i])
    return (i % 2 ? one : other).run({ x: values })
  })
  for (const [i, result] of (await Promise.all(runs)).entries()) {
    expect([...result.y!.data]).toEqual(Array(6).fill(2 * i + 1))
  }
})

test('of an input that is a part of a large array, that part is sent', async () => {
  const workers: Worker[] = []
  const session = await create({ device: 'wasm', createWorker: () => makeOddWorker('', workers) }).createSession(affine)
  const post = vi.spyOn(workers[0]!, 'postMessage')
  const all = new Float32Array(1e6).fill(1)
  const { y } = await session.run({ x: float32([2, 3], all.subarray(10, 16)) })
  expect([...y!.data]).toEqual(Array(6).fill(3))
  const [message, ...transferred] = post.mock.calls[0]!
  expect(message.body.inputs.x.data.buffer.byteLength).toBe(24)
  expect(transferred).toEqual([])
  expect(all).toHaveLength(1e6)
})

describe('weights', () => {
  test('in memory are not taken from their owner', async () => {
    const bytes = new Uint8Array(3 + 12 + 1)
    bytes.set(new Uint8Array(Uint16Array.of(0x3c00, 0, 0, 0x3c00, 0x3c00, 0xbc00).buffer), 3)
    const session = await create({ device: 'wasm' }).createSession({
      name: 'half',
      weights: { w: memoryFile('w', bytes) },
      model: ({ w }) => conformanceModels.float16Weights(w!),
    })
    expect([...(await session.run({ x })).y!.data]).toEqual([4, -1, 10, -1])
    expect(bytes.length).toBe(16)
  })

  test('of more than 4 GiB are refused before anything is read', async () => {
    const huge = { ...(await blobFile(new Uint8Array(1))), size: 2 ** 32 }
    const source = { name: 'huge', weights: { w: huge }, model: () => new Uint8Array() }
    await expect(create({ device: 'wasm' }).createSession(source)).rejects.toThrow(
      /huge: weights has 4\.0 GiB.*up to 4 GiB\. Use a checkpoint in several files/,
    )
  })
})

test('a runtime whose files are not there is an error in words, and so is a worker that is not there', async () => {
  const wasmFolder = new URL('/nowhere/', location.href)
  await expect(create({ device: 'wasm', wasmFolder }).createSession(affine)).rejects.toThrow(
    /files could not be loaded/,
  )
  const createWorker = () => new Worker(new URL('/nowhere/worker.js', location.href), { type: 'module' })
  await expect(create({ createWorker }).report()).rejects.toThrow(
    /program could not be loaded \(runtime-worker\.js, .*esbuild leaves this file out.*own server.*, is it sent with Cross-Origin-Embedder-Policy as the page is, and/,
  )
})

async function untilItFails(session: Session): Promise<unknown> {
  for (let i = 0; i < 1000; i++) {
    try {
      await session.run({ x })
    } catch (error) {
      return error
    }
  }
  return undefined
}
