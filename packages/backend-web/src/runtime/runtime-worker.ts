/** The worker that runs onnxruntime-web. The page asks one thing at a time, see `runtime-host.ts`. */
import type { DType, TensorMessage, ValueInfo } from '@latentkit/core'
import type { InferenceSession, Tensor } from 'onnxruntime-web/webgpu'
import type { AnswerMessage, NewsMessage, RequestMessage, Requests } from './messages.ts'
import { type OpenedRuntime, openRuntime } from './open-runtime.ts'
import { watchThreads } from './watch-threads.ts'

const page = globalThis as unknown as {
  postMessage(message: AnswerMessage | NewsMessage, transfer?: ArrayBuffer[]): void
}
/** Where browsers have it, the runtime wants half precision in a `Float16Array`; Latentkit's tensors hold its raw bits. */
const HalfArray = (globalThis as { Float16Array?: typeof Uint16Array }).Float16Array ?? Uint16Array

watchThreads(globalThis, (refusedThreads) => page.postMessage({ refusedThreads }))
let runtime: OpenedRuntime | undefined
const sessions = new Map<number, InferenceSession>()
let created = 0

const handlers: { [K in keyof Requests]: (body: Requests[K]['sent']) => Promise<Requests[K]['answer']> } = {
  async start(options) {
    runtime = await openRuntime(options)
    void runtime.lost.then((lost) => page.postMessage({ lost }))
    return runtime.report
  },
  async create({ model, weights }) {
    const { ort, provider } = runtime!
    // Read here and handed over as bytes: a create that fails while the runtime reads files itself blocks all later ones.
    const externalData = await Promise.all(
      weights.map(async ({ path, data }) => ({
        path,
        data: data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : data,
      })),
    )
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      logSeverityLevel: 4,
      ...(externalData.length > 0 ? { externalData } : {}),
    })
    sessions.set(++created, session)
    return {
      session: created,
      inputs: session.inputMetadata.map(describe),
      outputs: session.outputMetadata.map(describe),
    }
  },
  async run({ session, inputs }) {
    const { ort } = runtime!
    const feeds: Record<string, Tensor> = {}
    for (const [name, { dtype, shape, data }] of Object.entries(inputs)) {
      feeds[name] = new ort.Tensor(dtype as 'float32', asRuntimeData(dtype, data), [...shape])
    }
    const results = await sessions.get(session)!.run(feeds)
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensorMessage(tensor)]))
  },
  async release({ session }) {
    await sessions.get(session)?.release()
    sessions.delete(session)
    return null
  },
}

function describe(value: InferenceSession.ValueMetadata): ValueInfo {
  if (!value.isTensor) throw new Error(`"${value.name}" is no tensor`)
  // Sizes that are left open have names; they are told as −1.
  return {
    name: value.name,
    dtype: value.type as DType,
    shape: value.shape.map((size) => (typeof size === 'number' ? size : -1)),
  }
}

function asRuntimeData(dtype: DType, data: ArrayBufferView): Float32Array {
  const half = () => new HalfArray(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength / 2)
  return (dtype === 'float16' ? half() : data) as Float32Array
}

function tensorMessage(tensor: Tensor): TensorMessage {
  const data = tensor.data as unknown as ArrayBufferView & { readonly byteLength: number }
  const values =
    tensor.type === 'float16' ? new Uint16Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength / 2) : data
  return { dtype: tensor.type as DType, shape: tensor.dims, data: values }
}

/** Results belong to nobody else and are moved, not copied. */
function buffersOf(answer: unknown, kind: keyof Requests): ArrayBuffer[] {
  if (kind !== 'run') return []
  const tensors = Object.values(answer as Requests['run']['answer'])
  return [...new Set(tensors.map(({ data }) => data.buffer as ArrayBuffer))]
}

addEventListener('message', async ({ data: request }: MessageEvent<RequestMessage>) => {
  const handler = handlers[request.kind]
  if (!handler) return
  try {
    const answer = await handler(request.body as never)
    page.postMessage({ id: request.id, answer }, buffersOf(answer, request.kind))
  } catch (error) {
    page.postMessage({ id: request.id, error: error instanceof Error ? error.message : String(error) })
  }
})
