import type { LatentkitError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { DeviceLostError } from '../errors/device-lost-error.ts'
import { connectRuntime } from './runtime-connection.ts'

/** A worker that starts, and fails every other request with these words. */
function failingWorker(error: string): Worker {
  const worker = Object.assign(new EventTarget(), {
    terminate: () => {},
    postMessage({ id, kind }: { id: number; kind: string }) {
      const data = kind === 'start' ? { id, answer: {} } : { id, error }
      worker.dispatchEvent(new MessageEvent('message', { data }))
    },
  })
  return worker as unknown as Worker
}

// As onnxruntime-web 1.30 and Chromium say it.
test.each([
  ['Aborted(). Build with -sASSERTIONS for more info.', true],
  ['Array buffer allocation failed', true],
  ['memory access out of bounds', true],
  ['WebGPU validation failed. Buffer size (1592524800) exceeds the max buffer size limit (1073741824).', true],
  ['ERROR_CODE: 9, ERROR_MESSAGE: Could not find an implementation for Resize(19)', false],
])('of “%s” it tells whether memory ran out: %s', async (words, outOfMemory) => {
  const runtime = connectRuntime('test', failingWorker(words), {
    device: 'wasm',
    threads: 1,
    wasmFolder: undefined,
    whyOneThread: undefined,
  })
  await runtime.started
  const error = (await runtime.request('release', { session: 1 }).catch((error) => error)) as LatentkitError
  expect(error).toMatchObject({ code: 'backend', outOfMemory })
  expect(runtime.ended).toBe(outOfMemory)
})

// As Chromium, Firefox and Safari say it when they refuse WebAssembly.
test.each([
  "no available backend found. ERR: [wasm] RuntimeError: Aborted(CompileError: WebAssembly.instantiate(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because 'unsafe-eval' is not an allowed source of script).",
  'Aborted(CompileError: call to WebAssembly.instantiate() blocked by CSP)',
  "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
])('a page whose rules forbid WebAssembly is told what to allow: %s', async (words) => {
  const options = { device: 'wasm', threads: 1, wasmFolder: undefined, whyOneThread: undefined } as const
  const runtime = connectRuntime('test', failingWorker(words), options)
  await runtime.started
  const create = runtime.request('create', { model: new Uint8Array(), weights: [] }, 'cannot load a on wasm')
  const error = await create.catch((error) => error)
  expect(error).toMatchObject({ code: 'backend', outOfMemory: false })
  expect(error.message).toMatch(/^test: cannot load a on wasm: .*add 'wasm-unsafe-eval' to its script-src\.$/)
})

test('what is asked ends the message as it is', async () => {
  const options = { device: 'wasm', threads: 1, wasmFolder: undefined, whyOneThread: undefined } as const
  const runtime = connectRuntime('test', failingWorker('both async and sync fetching of the wasm failed.'), options)
  await runtime.started
  const create = runtime.request('create', { model: new Uint8Array(), weights: [] }, 'cannot load a on wasm')
  await expect(create).rejects.toThrow(/^test: cannot load a on wasm: .* failed\. The runtime’s .* on the server\?$/)
})

test('what cannot be sent is a clear error', async () => {
  const worker = failingWorker('never')
  const options = { device: 'wasm', threads: 1, wasmFolder: undefined, whyOneThread: undefined } as const
  const runtime = connectRuntime('test', worker, options)
  await runtime.started
  worker.postMessage = () => {
    throw new DOMException('An ArrayBuffer is detached', 'DataCloneError')
  }
  const error = await runtime.request('release', { session: 1 }).catch((error) => error)
  expect(error).toMatchObject({ code: 'backend', message: expect.stringContaining('An ArrayBuffer is detached') })
})

test('a lost device tells it, too', () => {
  expect(new DeviceLostError('test', 'VK_ERROR_OUT_OF_DEVICE_MEMORY')).toMatchObject({ outOfMemory: true })
  expect(new DeviceLostError('test', 'A valid external Instance reference no longer exists.').outOfMemory).toBe(false)
})
