import { assertOptions, type Backend, BackendError, checkedSource, InvalidArgumentError } from '@latentkit/core'
import { createNodeSession } from './node-session.ts'
import { availableMemory } from './runtime/available-memory.ts'
import { loadingHint } from './runtime/loading-hint.ts'
import { createRuntimeClient } from './runtime/runtime-client.ts'
import { runtimeVersion } from './runtime/runtime-version.ts'
import { threadHint } from './runtime/thread-hint.ts'
import { threadsWithinLimit } from './runtime/threads-within-limit.ts'
import { planInMemory, planWeights, type WeightsPlan } from './runtime/weights-folder.ts'

/** Devices that onnxruntime-node can be asked for. */
export const nodeDevices = ['cpu', 'cuda', 'webgpu', 'coreml', 'dml'] as const
/** One of `nodeDevices`. */
export type NodeDevice = (typeof nodeDevices)[number]

/** What computes, and how much of the machine it takes. */
export interface NodeBackendOptions {
  /** Default `cpu`. Others need the matching hardware and, for `cuda`, onnxruntime's CUDA libraries. */
  readonly device?: NodeDevice | undefined
  /** Threads of one run. Default: one per physical core, or per processor where this process may use some of them only. */
  readonly threads?: number | undefined
  /**
   * Take as little memory as possible: weights stay in the mapped file instead of being laid out anew (for the full-size
   * UNet 44 instead of 500 MiB of private memory), and buffers go back after each run. Steps take about a tenth longer. Default false.
   */
  readonly saveMemory?: boolean | undefined
}

const optionNames: Record<keyof NodeBackendOptions, true> = { device: true, threads: true, saveMemory: true }

const name = 'onnxruntime-node'

/**
 * Runs models with onnxruntime-node, in a thread of its own since its calls block. Weights of files that lie on disk are
 * mapped in place. Nothing is started before the first session is made, and the process can end while nothing runs.
 * @throws InvalidArgumentError for unknown options, an unknown device or a number of threads that is not whole and positive.
 */
export function createNodeBackend(options: NodeBackendOptions = {}): Backend {
  assertOptions(options, optionNames)
  const { device = 'cpu', threads = threadsWithinLimit(), saveMemory = false } = options
  if (!nodeDevices.includes(device)) {
    throw new InvalidArgumentError({ argument: 'device', value: device, expected: `one of ${nodeDevices.join(', ')}` })
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new InvalidArgumentError({ argument: 'threads', value: threads, expected: 'a whole number above 0' })
  }
  const client = createRuntimeClient(name)

  return {
    name,
    capabilities: async () => ({
      runtime: `${name} ${runtimeVersion()}`,
      device,
      // The processor has no kernels for halves: it widens them, and nothing is gained.
      dtypes: device === 'cpu' ? ['float32'] : ['float32', 'float16'],
      availableMemory: () => availableMemory(),
    }),
    async createSession(given, { signal } = {}) {
      signal?.throwIfAborted()
      const source = checkedSource(given)
      const make = async ({ locations, folder }: WeightsPlan) => {
        const files = folder === undefined ? Object.entries(source.weights) : []
        const weightsInMemory = await Promise.all(
          files.map(async ([key, file]) => ({ path: locations[key]!, data: await file.read(0, file.size) })),
        )
        const model = source.model(locations)
        const request = { model, device, threads, saveMemory, weightsFolder: folder, weightsInMemory }
        return await client.request('create', request, signal)
      }
      try {
        const made = await make(planWeights(source.weights)).catch((error: unknown) => {
          if (isOutOfReach(error)) return make(planInMemory(source.weights))
          throw error
        })
        const session = createNodeSession(client, name, source.name, made)
        if (signal?.aborted) await session.dispose()
        signal?.throwIfAborted()
        return session
      } catch (error) {
        throw explain(error, device, source.name)
      }
    },
    dispose: () => client.close(),
  }
}

/** Whether the runtime finds nothing at a file's path, as in an archive that only Node reads into (Yarn's Plug'n'Play, Electron's asar). */
function isOutOfReach(error: unknown): boolean {
  return BackendError.isInstance(error) && error.message.includes('External data path does not exist')
}

/** Adds what to do to the runtime's own words. */
function explain(error: unknown, device: string, model: string): unknown {
  if (!BackendError.isInstance(error)) return error
  const noDevice =
    device !== 'cpu' &&
    /adapter|Failed to load shared library|not available|not supported|no available backend/i.test(error.message)
  const hint =
    loadingHint(error.cause) ??
    threadHint(error.message) ??
    (noDevice ? `Use the device "cpu", or install what "${device}" needs.` : undefined)
  // Of Node's own words those that say what it is: after them comes what required what, in lines of their own.
  const [problem = ''] = error.message.replace(/^onnxruntime-node: /, '').split('\nRequire stack')
  return new BackendError({
    backend: name,
    problem: `cannot load ${model} on ${device}: ${problem.replace(/\.\s*$/, '')}`,
    ...(hint ? { hint } : {}),
    cause: error,
  })
}
