import {
  BackendError,
  type DType,
  type Session,
  type SessionSource,
  sameShape,
  type Tensor,
  tensor,
  type ValueInfo,
} from '@latentkit/core'
import { gatherWeights } from './runtime/gather-weights.ts'
import type { Requests } from './runtime/messages.ts'
import type { RuntimeConnection } from './runtime/runtime-connection.ts'
import type { RuntimeHost } from './runtime/runtime-host.ts'

type Created = Requests['create']['answer'] & { readonly runtime: RuntimeConnection }

/**
 * A session that lives in the runtime's worker. Where that worker has ended (the device was lost, a run was given up), the
 * next run makes the session again in the new one.
 */
export async function createWebSession(
  host: RuntimeHost,
  backend: string,
  source: SessionSource,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const make = async (runtime: RuntimeConnection): Promise<Created> => {
    const { model, weights } = await gatherWeights(backend, source)
    try {
      return { ...(await runtime.request('create', { model, weights })), runtime }
    } catch (error) {
      throw explain(error, backend, `${source.name} on ${(await runtime.started).device}`)
    }
  }
  let created = await host.use(async (runtime) => {
    const made = await make(runtime)
    // The caller has heard of the abort already: nobody else could free it.
    if (signal?.aborted) await runtime.request('release', { session: made.session })
    signal?.throwIfAborted()
    return made
  }, signal)
  let disposed = false
  const { inputs, outputs } = created
  const fail = (problem: string): never => {
    throw new BackendError({ backend, problem: `${source.name}: ${problem}` })
  }

  return {
    inputs,
    outputs,
    async run(values, options = {}) {
      options.signal?.throwIfAborted()
      if (disposed) fail('the session is disposed')
      for (const input of inputs) {
        const value = values[input.name] ?? fail(`input "${input.name}" is missing`)
        const problem = mismatch(input, value)
        if (problem) fail(`input "${input.name}" ${problem}`)
      }
      const unknown = Object.keys(values).find((name) => !inputs.some((input) => input.name === name))
      if (unknown !== undefined)
        fail(`there is no input "${unknown}"; there is ${inputs.map((input) => `"${input.name}"`).join(', ')}`)
      const results = await host.use(async (runtime) => {
        if (created.runtime !== runtime) created = await make(runtime)
        options.signal?.throwIfAborted()
        return runtime.request('run', { session: created.session, inputs: values })
      }, options.signal)
      return Object.fromEntries(
        Object.entries(results).map(([name, { dtype, shape, data }]) => [
          name,
          tensor(dtype, shape, data as never) as Tensor,
        ]),
      )
    },
    async dispose() {
      if (disposed) return
      disposed = true
      // Runs asked for before may still make the session again, in another worker.
      await host.idle()
      if (created.runtime.ended) return
      await host
        .use(async () => created.runtime.request('release', { session: created.session }))
        .catch(() => undefined)
    },
  }
}

function mismatch(input: ValueInfo, value: Tensor): string | undefined {
  if (value.dtype !== (input.dtype as DType)) return `has element type ${value.dtype}; expected ${input.dtype}`
  const expected = input.shape.map((size, axis) => (size === -1 ? (value.shape[axis] ?? -1) : size))
  if (!sameShape(expected, value.shape)) return `has shape [${value.shape}]; expected [${input.shape}]`
  return undefined
}

/** Says which model it was; other errors, such as a lost device, speak for themselves. */
function explain(error: unknown, backend: string, what: string): unknown {
  if (!BackendError.isInstance(error, 'backend')) return error
  const words = error.message.replace(`${backend}: `, '').replace(/\.\s*$/, '')
  const { outOfMemory } = error as BackendError
  return new BackendError({ backend, problem: `cannot load ${what}: ${words}`, outOfMemory, cause: error })
}
