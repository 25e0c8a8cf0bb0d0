/** The thread that runs onnxruntime, whose calls block: it does one request after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import type { DType, TensorMessage, ValueInfo } from '@latentkit/core'
import * as ort from 'onnxruntime-node'
import type { AnswerMessage, RequestMessage, Requests, ThreadData } from './messages.ts'

// Errors come back as rejections; nothing is printed on the user's terminal.
ort.env.logLevel = 'fatal'

const sessions = new Map<number, ort.InferenceSession>()
let created = (workerData as ThreadData).sessionsFrom

const handlers: { [K in keyof Requests]: (body: Requests[K]['sent']) => Promise<Requests[K]['answer']> } = {
  async create({ model, device, threads, saveMemory, weightsFolder, weightsInMemory }) {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [device],
      // "all" lays convolution weights out anew, which is faster and takes a private copy of them.
      graphOptimizationLevel: saveMemory ? 'extended' : 'all',
      logSeverityLevel: 4,
      // Measured with tiles of 184 pixels: a pattern holds half as much again, an arena four tenths; neither is much faster.
      enableMemPattern: false,
      enableCpuMemArena: !saveMemory,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(weightsInMemory.length > 0 ? { externalData: [...weightsInMemory] } : {}),
      extra: {
        session: {
          ...(weightsFolder === undefined ? {} : { model_external_initializers_file_folder_path: weightsFolder }),
        },
      },
    })
    sessions.set(++created, session)
    return {
      session: created,
      inputs: session.inputMetadata.map(describe),
      outputs: session.outputMetadata.map(describe),
    }
  },
  async run({ session, inputs }) {
    const feeds: Record<string, ort.Tensor> = {}
    for (const [name, tensor] of Object.entries(inputs)) {
      feeds[name] = new ort.Tensor(tensor.dtype as 'float32', tensor.data as Float32Array, [...tensor.shape])
    }
    const results = await (sessions.get(session) ?? missing()).run(feeds)
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensorMessage(tensor)]))
  },
  async release({ session }) {
    await sessions.get(session)?.release()
    sessions.delete(session)
    return null
  },
}

function missing(): never {
  throw new Error('the thread that this session was in has ended. Make a new session.')
}

function describe(value: ort.InferenceSession.ValueMetadata): ValueInfo {
  if (!value.isTensor) throw new Error(`"${value.name}" is no tensor`)
  // Sizes that are left open have names; they are told as −1.
  return {
    name: value.name,
    dtype: value.type as DType,
    shape: value.shape.map((size) => (typeof size === 'number' ? size : -1)),
  }
}

function tensorMessage(tensor: ort.Tensor): TensorMessage {
  const data = tensor.data as unknown as ArrayBufferView & { readonly byteLength: number }
  // Newer Node versions hold half precision in a Float16Array; its raw bits are what Latentkit tensors hold.
  const values =
    tensor.type === 'float16' ? new Uint16Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength / 2) : data
  return { dtype: tensor.type as DType, shape: tensor.dims, data: values }
}

/** Buffers of results, which are handed over instead of copied. */
function buffersOf(answer: unknown): ArrayBuffer[] {
  const tensors = Object.values((answer ?? {}) as Record<string, Partial<TensorMessage>>)
  const buffers = tensors.flatMap((tensor) =>
    ArrayBuffer.isView(tensor?.data) ? [tensor.data.buffer as ArrayBuffer] : [],
  )
  return [...new Set(buffers)]
}

let queue: Promise<void> = Promise.resolve()
parentPort?.on('message', (request: RequestMessage) => {
  queue = queue.then(async () => {
    let message: AnswerMessage
    try {
      message = { id: request.id, answer: await handlers[request.kind](request.body as never) }
    } catch (error) {
      message = { id: request.id, error: error instanceof Error ? error.message : String(error) }
    }
    parentPort?.postMessage(message, 'answer' in message ? buffersOf(message.answer) : [])
  })
})
