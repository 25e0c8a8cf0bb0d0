/** The worker that runs onnxruntime-web. The page asks one thing at a time, see `runtime-host.ts`. */
import { buffersOf, type DType, tensorMessages, valueInfo } from '@latentkit/core'
import type { InferenceSession, Tensor } from 'onnxruntime-web/webgpu'
import type { AnswerMessage, NewsMessage, RequestMessage, Requests } from './messages.ts'
import { NoWebgpu, type OpenedRuntime, openRuntime } from './open-runtime.ts'
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
      inputs: session.inputMetadata.map(valueInfo),
      outputs: session.outputMetadata.map(valueInfo),
    }
  },
  async run({ session, inputs }) {
    const { ort } = runtime!
    const feeds: Record<string, Tensor> = {}
    for (const [name, { dtype, shape, data }] of Object.entries(inputs)) {
      feeds[name] = new ort.Tensor(dtype as 'float32', asRuntimeData(dtype, data), [...shape])
    }
    return tensorMessages(await sessions.get(session)!.run(feeds))
  },
  async release({ session }) {
    await sessions.get(session)?.release()
    sessions.delete(session)
    return null
  },
}

function asRuntimeData(dtype: DType, data: ArrayBufferView): Float32Array {
  const half = () => new HalfArray(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength / 2)
  return (dtype === 'float16' ? half() : data) as Float32Array
}

addEventListener('message', async ({ data: request }: MessageEvent<RequestMessage>) => {
  const handler = handlers[request.kind]
  if (!handler) return
  try {
    const answer = await handler(request.body as never)
    // Results belong to nobody else and are moved, not copied.
    const moved = request.kind === 'run' ? buffersOf(answer as Requests['run']['answer']) : []
    page.postMessage({ id: request.id, answer }, moved)
  } catch (error) {
    if (error instanceof NoWebgpu) page.postMessage({ noWebgpu: error.message })
    else page.postMessage({ id: request.id, error: error instanceof Error ? error.message : String(error) })
  }
})
