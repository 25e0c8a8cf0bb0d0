import type { Backend, Session, SessionSource } from '../backend.ts'
import { BackendError, DisposedError, InvalidArgumentError } from '../errors/index.ts'
import { memoryFile } from '../memory-files.ts'
import type { RandomAccessFile } from '../model-files.ts'
import { float32, type Tensor, tensor } from '../tensor.ts'
import { largestDifference } from './differences.ts'
import { watchThread } from './watch-thread.ts'

/** Models that the suite runs; `@latentkit/onnx-graph/testing` has them. Each takes the path of its weight file. */
export interface ConformanceModels {
  /** `x` [2, 3] float32 → `y` = 2·x + 1. */
  readonly affine: () => Uint8Array
  /** `x` [2, 3] float32 → `y` [2, 2] = x·W with W [3, 2] float32 at byte 5 of the file. */
  readonly float32Weights: (location: string) => Uint8Array
  /** The same with W as float16 at byte 3. */
  readonly float16Weights: (location: string) => Uint8Array
  /** `rows` [2] int64 → `y` [2, 2] float32: those rows of a 3×2 table 0…5. */
  readonly lookUp: () => Uint8Array
  /** `x` [1, 1, 2, 2] float32 → `y` [1, 1, 4, 4]: every pixel twice in both directions, then means over 3×3 with zeros around. */
  readonly picture: () => Uint8Array
  /** `x` [1, 1] float32 → `y` [1, 1] = x, after so many matrix products, each of the one before: keeps a runtime busy. */
  readonly busy: (products: number) => Uint8Array
}

/** What the suite is run with. */
export interface ConformanceOptions {
  /** `conformanceModels` of `@latentkit/onnx-graph/testing`, or models that do the same. */
  readonly models: ConformanceModels
  /** Makes a new backend. Each case has one of its own, which it disposes of. */
  createBackend(): Backend
  /**
   * Makes a weight file of the kind that the backend is to be tested with: one that has a `localPath` to be mapped, say. Its
   * content is `bytes`, a few dozen. Default: a file in memory.
   */
  weightFile?(bytes: Uint8Array): Promise<RandomAccessFile>
  /** Largest absolute difference between an element of a result (they lie between −1 and 27) and what it should be. Default 1e-6. */
  readonly tolerance?: number
}

/** One requirement, for any test runner: `for (const { name, run } of backendConformance(…)) test(name, run)`. */
export interface ConformanceCase {
  readonly name: string
  run(): Promise<void>
}

/** What every backend must do. */
export function backendConformance(options: ConformanceOptions): readonly ConformanceCase[] {
  const { models, tolerance = 1e-6 } = options
  const makeFile = options.weightFile ?? (async (bytes: Uint8Array) => memoryFile('weights', bytes))
  const x = float32([2, 3], [1, 2, 3, 4, 5, 6])
  const plain = (name: string, model: () => Uint8Array): SessionSource => ({ name, weights: {}, model })

  const cases: Record<string, (backend: Backend) => Promise<void>> = {
    'runs a model and tells its inputs and outputs': async (backend) => {
      const session = await backend.createSession(plain('affine', models.affine))
      equal(session.inputs, [{ name: 'x', dtype: 'float32', shape: [2, 3] }])
      equal(session.outputs, [{ name: 'y', dtype: 'float32', shape: [2, 3] }])
      const { y } = await session.run({ x })
      close(y, [2, 3], [3, 5, 7, 9, 11, 13])
      equal([...x.data], [1, 2, 3, 4, 5, 6])
    },
    'reads float32 weights at an odd offset': async (backend) => {
      const file = await makeFile(withGap(5, new Uint8Array(Float32Array.of(1, 0, 0, 1, 1, -1).buffer)))
      const session = await backend.createSession({
        name: 'weights',
        weights: { w: file },
        model: ({ w }) => models.float32Weights(w!),
      })
      close((await session.run({ x })).y, [2, 2], [4, -1, 10, -1])
    },
    'reads float16 weights at an odd offset': async (backend) => {
      const file = await makeFile(
        withGap(3, new Uint8Array(Uint16Array.of(0x3c00, 0, 0, 0x3c00, 0x3c00, 0xbc00).buffer)),
      )
      const session = await backend.createSession({
        name: 'half',
        weights: { w: file },
        model: ({ w }) => models.float16Weights(w!),
      })
      close((await session.run({ x })).y, [2, 2], [4, -1, 10, -1])
    },
    'takes whole numbers': async (backend) => {
      const session = await backend.createSession(plain('look-up', models.lookUp))
      close((await session.run({ rows: tensor('int64', [2], BigInt64Array.of(2n, 0n)) })).y, [2, 2], [4, 5, 0, 1])
    },
    'takes a part of a larger buffer, and memory that is shared': async (backend) => {
      const session = await backend.createSession(plain('affine', models.affine))
      const all = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7)
      const inputs: Float32Array[] = [all.subarray(1, 7)]
      // Not every page has any.
      if (typeof SharedArrayBuffer !== 'undefined') {
        const shared = new Float32Array(new SharedArrayBuffer(8 * 4))
        shared.set(all)
        inputs.push(shared.subarray(1, 7), new Float32Array(shared.buffer, 4, 6))
      }
      for (const data of inputs)
        close((await session.run({ x: float32([2, 3], data) })).y, [2, 3], [3, 5, 7, 9, 11, 13])
      equal([...all], [0, 1, 2, 3, 4, 5, 6, 7])
    },
    'takes a model without weights, and refuses what is no model': async (backend) => {
      const { y } = await (await backend.createSession({ name: 'affine', model: models.affine })).run({
        x: float32([2, 3], [1, 2, 3, 4, 5, 6]),
      })
      close(y, [2, 3], [3, 5, 7, 9, 11, 13])
      const bytes = { name: 'bytes', model: models.affine() as never }
      await rejects(backend.createSession(bytes), (error) => InvalidArgumentError.isInstance(error))
    },
    'reads inputs when a run is asked for, though it has to wait': async (backend) => {
      const session = await backend.createSession(plain('affine', models.affine))
      const data = Float32Array.of(1, 2, 3, 4, 5, 6)
      const runs = [1, 2].map(() => session.run({ x: float32([2, 3], data) }))
      data.fill(9)
      for (const run of runs) close((await run).y, [2, 3], [3, 5, 7, 9, 11, 13])
    },
    'enlarges and convolves a picture': async (backend) => {
      const session = await backend.createSession(plain('picture', models.picture))
      const { y } = await session.run({ x: float32([1, 1, 2, 2], [9, 18, 27, 36]) })
      // Means over 3×3 of 9 9 18 18 / 9 9 18 18 / 27 27 36 36 / 27 27 36 36 with zeros around.
      close(y, [1, 1, 4, 4], [4, 8, 10, 8, 10, 18, 21, 16, 14, 24, 27, 20, 12, 20, 22, 16])
    },
    'answers runs asked for at once, each with its own result': async (backend) => {
      const session = await backend.createSession(plain('affine', models.affine))
      const other = backend.createSession(plain('affine again', models.affine))
      const results = await Promise.all(
        [1, 2, 3, 4].map((k) => session.run({ x: float32([2, 3], [k, 0, 0, 0, 0, 0]) })),
      )
      equal(
        results.map(({ y }) => (y as Tensor<'float32'>).data[0]),
        [3, 5, 7, 9],
      )
      const answered: number[] = []
      await Promise.all([1, 2, 3, 4].map((k) => session.run({ x }).then(() => answered.push(k))))
      equal(answered, [1, 2, 3, 4])
      close((await (await other).run({ x })).y, [2, 3], [3, 5, 7, 9, 11, 13])
    },
    'leaves the caller’s thread free while it runs': async (backend) => {
      const session = await busySession(backend)
      // A machine that has other work to do may hold this thread up once, but not each time.
      const shares: number[] = []
      for (let i = 0; i < 5; i++) {
        const { milliseconds, longestWait } = await watchThread(() => session.run({ x: float32([1, 1], [3]) }))
        shares.push(longestWait / milliseconds)
        if (shares.at(-1)! < 0.5) return
      }
      throw new Error(`nothing else could be done for ${shares.map((share) => share.toFixed(2))} of the time of a run`)
    },
    'refuses inputs that do not fit, naming them': async (backend) => {
      const session = await backend.createSession(plain('affine', models.affine))
      await refuses(session.run({}), /"x"/)
      await refuses(session.run({ x: float32([3, 2], [1, 2, 3, 4, 5, 6]) }), /"x".*\[3,2\].*\[2,3\]/)
      await refuses(session.run({ x: tensor('int64', [2, 3], new BigInt64Array(6)) }), /"x".*int64.*float32/)
      await refuses(session.run({ x: { ...x, data: new Float32Array(5) } }), /"x".*5.*6/)
      await refuses(session.run({ x, z: x }), /"z"/)
      close((await session.run({ x })).y, [2, 3], [3, 5, 7, 9, 11, 13])
    },
    'refuses what is no model, naming it, and goes on': async (backend) => {
      await refuses(backend.createSession(plain('nonsense', () => Uint8Array.of(1, 2, 3))), /nonsense/)
      const session = await backend.createSession(plain('affine', models.affine))
      close((await session.run({ x })).y, [2, 3], [3, 5, 7, 9, 11, 13])
    },
    'refuses a run after dispose, which may be called twice': async (backend) => {
      const session = await backend.createSession(plain('affine', models.affine))
      await session.dispose()
      await session.dispose()
      await rejects(session.run({ x }), (error) => DisposedError.isInstance(error))
    },
    'does not begin what is aborted': async (backend) => {
      const session = await backend.createSession(plain('affine', models.affine))
      const signal = AbortSignal.abort(new Error('stop'))
      await rejects(session.run({ x }, { signal }), (error) => (error as Error).message === 'stop')
      await rejects(
        backend.createSession(plain('affine', models.affine), { signal }),
        (error) => (error as Error).message === 'stop',
      )
    },
    'withdraws runs that wait when their signal is aborted': async (backend) => {
      const session = await busySession(backend)
      const run = (signal?: AbortSignal) => session.run({ x: float32([1, 1], [3]) }, { signal })
      const controller = new AbortController()
      let answered = 0
      const begun = performance.now()
      const before = Promise.all([1, 2, 3].map(() => run().then(() => answered++)))
      const waiting = Array.from({ length: 9 }, () => run(controller.signal))
      setTimeout(() => controller.abort(new Error('stop')), 20)
      await Promise.all(waiting.map((one) => rejects(one, (error) => (error as Error).message === 'stop')))
      if (answered === 3) throw new Error('runs that wait hear of an abort only after those before them')
      await before
      const done = performance.now()
      close((await run()).y, [1, 1], [3])
      // A third of the time that those three took, unless those withdrawn came first.
      if (performance.now() - done > 2 * (done - begun))
        throw new Error('runs that were withdrawn are done all the same')
    },
    'hears of an abort while it makes a session, and goes on': async (backend) => {
      const controller = new AbortController()
      const making = backend.createSession(plain('affine', models.affine), { signal: controller.signal })
      controller.abort(new Error('stop'))
      await rejects(making, (error) => (error as Error).message === 'stop')
      const session = await backend.createSession(plain('affine', models.affine))
      close((await session.run({ x })).y, [2, 3], [3, 5, 7, 9, 11, 13])
    },
    'says what it can do': async (backend) => {
      const { runtime, device, dtypes, availableMemory } = await backend.capabilities()
      if (!/^\S+ \d+\.\d+/.test(runtime)) throw new Error(`runtime is "${runtime}"; expected a name and a version`)
      equal([typeof device, dtypes.includes('float32')], ['string', true])
      const memory = availableMemory()
      if (memory !== undefined && !(memory > 0)) throw new Error(`availableMemory() gave ${memory}`)
    },
    'refuses everything once disposed': async (backend) => {
      const session = await backend.createSession(plain('affine', models.affine))
      await backend.dispose()
      for (const late of [session.run({ x }), backend.createSession(plain('affine', models.affine))])
        await rejects(late, (error) => DisposedError.isInstance(error))
    },
  }

  return Object.entries(cases).map(([name, check]) => ({
    name,
    async run() {
      const backend = options.createBackend()
      try {
        await check(backend)
      } finally {
        await backend.dispose()
      }
    },
  }))

  /** One whose runs take long enough to see what happens meanwhile. */
  async function busySession(backend: Backend): Promise<Session> {
    for (let products = 1; products <= 2 ** 14; products *= 2) {
      const session = await backend.createSession(plain('busy', () => models.busy(products)))
      const run = () => session.run({ x: float32([1, 1], [3]) })
      // The first run of a device prepares much.
      await run()
      const { result, milliseconds } = await watchThread(run)
      close(result.y, [1, 1], [3])
      if (milliseconds > 100) return session
      await session.dispose()
    }
    throw new Error('no run of the model "busy" takes as long as 100 milliseconds')
  }

  function close(actual: Tensor | undefined, shape: readonly number[], expected: readonly number[]): void {
    equal(actual?.shape, shape)
    const difference = largestDifference(actual!.data as ArrayLike<number>, expected)
    if (!(difference <= tolerance)) throw new Error(`expected ${expected}; got ${actual!.data}, off by ${difference}`)
  }
}

function withGap(gap: number, bytes: Uint8Array): Uint8Array {
  const file = new Uint8Array(gap + bytes.length + 2).fill(0xee)
  file.set(bytes, gap)
  return file
}

function equal(actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) throw new Error(`expected ${b}; got ${a}`)
}

/** @throws Error unless there is a BackendError whose message, of one line, says what is expected. */
async function refuses(promise: Promise<unknown>, message: RegExp): Promise<void> {
  await rejects(promise, (error) => BackendError.isInstance(error) && message.test(error.message))
  await rejects(promise, (error) => !/[\r\n]/.test((error as Error).message), 'a message of one line')
}

async function rejects(
  promise: Promise<unknown>,
  fits: (error: unknown) => boolean,
  expected = 'another error',
): Promise<void> {
  const error = await promise.then(
    () => new Error('no error came'),
    (reason: unknown) => reason,
  )
  if (!fits(error)) throw new Error(`${expected} was expected; got ${String(error)}`)
}
