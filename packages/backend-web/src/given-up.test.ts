// By its name, as users import it: the worker needs the built files.
import { createWebBackend, type WebBackend, type WebBackendOptions } from '@latentkit/backend-web'
import { float32, type Session } from '@latentkit/core'
import { conformanceModels } from '@latentkit/onnx-graph/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { makeOddWorker } from './__fixtures__/make-odd-worker.ts'

const x = float32([2, 3], [1, 2, 3, 4, 5, 6])
const affine = { name: 'affine', weights: {}, model: conformanceModels.affine }
const doubled = [3, 5, 7, 9, 11, 13]

const made: WebBackend[] = []
function create(options: WebBackendOptions): WebBackend {
  const backend = createWebBackend({ device: 'wasm', ...options })
  made.push(backend)
  return backend
}
afterEach(() => Promise.all(made.splice(0).map((backend) => backend.dispose())))

/** Notes what is asked of a worker, and tells it before it is sent. */
function watch(worker: Worker, asked: string[], onAsk: (kind: string) => void = () => {}): Worker {
  const send = worker.postMessage.bind(worker)
  worker.postMessage = (message: { readonly kind: string }) => {
    asked.push(message.kind)
    onAsk(message.kind)
    send(message)
  }
  return worker
}

/** A run that its caller gives up while the worker is busy, and one that waits behind it. */
function giveUp(session: Session, worker: Worker) {
  worker.postMessage({ test: 'be busy' })
  const controller = new AbortController()
  const run = session.run({ x }, { signal: controller.signal })
  const queued = session.run({ x })
  setTimeout(() => controller.abort(new Error('enough')), 50)
  return { run, queued }
}

describe('a run given up', () => {
  test('rejects at once; if it goes on too long its worker is ended and the next run works', async () => {
    const workers: Worker[] = []
    const createWorker = () => makeOddWorker('', workers)
    const session = await create({ createWorker, patience: 0.2 }).createSession(affine)
    const { run, queued } = giveUp(session, workers[0]!)
    const start = performance.now()
    await expect(run).rejects.toThrow('enough')
    expect(performance.now() - start).toBeLessThan(500)
    expect([...(await queued).y!.data]).toEqual(doubled)
    expect(workers.length).toBe(2)
  })

  test('keeps its worker for as long as it takes where patience is endless', async () => {
    const workers: Worker[] = []
    const createWorker = () => makeOddWorker('', workers)
    const backend = create({ createWorker, patience: Number.POSITIVE_INFINITY })
    const session = await backend.createSession(affine)
    const { run, queued } = giveUp(session, workers[0]!)
    await expect(run).rejects.toThrow('enough')
    const later = new Promise((resolve) => setTimeout(resolve, 300, 'waits'))
    expect(await Promise.race([queued, later])).toBe('waits')
    expect(workers.length).toBe(1)
    const refused = expect(queued).rejects.toThrow('is disposed')
    await backend.dispose()
    await refused
  })

  test('leaves no session behind when its own is disposed of while the next worker makes it again', async () => {
    const workers: Worker[] = []
    const asked: string[] = []
    let disposed: Promise<void> | undefined
    const createWorker = () => {
      if (workers.length === 1) disposed = session.dispose()
      return watch(makeOddWorker('', workers), workers.length === 2 ? asked : [])
    }
    const session = await create({ createWorker, patience: 0.1 }).createSession(affine)
    const { run, queued } = giveUp(session, workers[0]!)
    await expect(run).rejects.toThrow('enough')
    expect([...(await queued).y!.data]).toEqual(doubled)
    await disposed
    expect(asked).toEqual(['start', 'create', 'run', 'release'])
  })
})

describe('a session given up', () => {
  test('while it is made is freed', async () => {
    const asked: string[] = []
    const controller = new AbortController()
    const abort = (kind: string) => kind === 'create' && controller.abort(new Error('enough'))
    // However slow the machine is, the worker is not ended meanwhile.
    const backend = create({ createWorker: () => watch(makeOddWorker(''), asked, abort), patience: 60 })
    await expect(backend.createSession(affine, { signal: controller.signal })).rejects.toThrow('enough')
    await backend.report()
    expect(asked).toEqual(['start', 'create', 'release'])
  })

  test('while the runtime starts is not made, and the runtime goes on for others', async () => {
    const asked: string[] = []
    const controller = new AbortController()
    const abort = (kind: string) => kind === 'start' && controller.abort(new Error('enough'))
    const backend = create({ createWorker: () => watch(makeOddWorker(''), asked, abort), patience: 0 })
    await expect(backend.createSession(affine, { signal: controller.signal })).rejects.toThrow('enough')
    expect(await backend.report()).toMatchObject({ device: 'wasm' })
    expect(asked).toEqual(['start'])
  })
})

test('a worker that never starts is ended with its backend', async () => {
  let ended = false
  const createWorker = () => {
    const worker = new Worker(URL.createObjectURL(new Blob([''])))
    const terminate = worker.terminate.bind(worker)
    worker.terminate = () => {
      ended = true
      terminate()
    }
    return worker
  }
  const backend = create({ createWorker })
  const refused = expect(backend.report()).rejects.toThrow('is disposed')
  await new Promise((resolve) => setTimeout(resolve, 50))
  await backend.dispose()
  expect(ended).toBe(true)
  await refused
}, 5000)
