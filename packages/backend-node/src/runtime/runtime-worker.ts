/** The thread that runs onnxruntime, whose calls block: it does one request after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { buffersOf, tensorMessages, valueInfo } from '@latentkit/core'
import * as ort from 'onnxruntime-node'
import type { AnswerMessage, RequestMessage, Requests, ThreadData } from './messages.ts'
import { beginTurn } from './turn.ts'
import { beginWork, finishWork } from './work-state.ts'

// Errors come back as rejections; nothing is printed on the user's terminal.
ort.env.logLevel = 'fatal'

const sessions = new Map<number, ort.InferenceSession>()
const { sessionsFrom, state } = workerData as ThreadData
let created = sessionsFrom

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
          // How long threads without work keep a processor busy before they sleep. The runtime's own choice is far longer: it takes
          // processors from other sessions and programs, and gains nothing (bench/results/threads.md).
          intra_op: { spin_duration_us: '50' },
          ...(weightsFolder === undefined ? {} : { model_external_initializers_file_folder_path: weightsFolder }),
        },
      },
    })
    sessions.set(++created, session)
    return {
      session: created,
      inputs: session.inputMetadata.map(valueInfo),
      outputs: session.outputMetadata.map(valueInfo),
    }
  },
  async run({ session, inputs }) {
    const feeds: Record<string, ort.Tensor> = {}
    for (const [name, tensor] of Object.entries(inputs)) {
      feeds[name] = new ort.Tensor(tensor.dtype as 'float32', tensor.data as Float32Array, [...tensor.shape])
    }
    return tensorMessages(await (sessions.get(session) ?? missing()).run(feeds))
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

let queue: Promise<void> = Promise.resolve()
parentPort?.on('message', (request: RequestMessage) => {
  queue = queue.then(async () => {
    let message: AnswerMessage
    let moved: ArrayBuffer[] = []
    if (!beginWork(state)) return
    try {
      if (request.turn && !beginTurn(request.turn)) throw new Error('it was withdrawn')
      const answer = await handlers[request.kind](request.body as never)
      if (request.kind === 'run') moved = buffersOf(answer as Requests['run']['answer'])
      message = { id: request.id, answer }
    } catch (error) {
      message = { id: request.id, error: error instanceof Error ? error.message : String(error) }
    } finally {
      finishWork(state)
    }
    parentPort?.postMessage(message, moved)
  })
})
