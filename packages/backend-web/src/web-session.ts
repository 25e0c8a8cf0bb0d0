import {
  assertInputs,
  DisposedError,
  inputMessages,
  type Session,
  type SessionSource,
  tensorsOf,
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
  source: Required<SessionSource>,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const make = async (runtime: RuntimeConnection): Promise<Created> => {
    const { model, weights } = await gatherWeights(backend, source)
    const failure = `cannot load ${source.name} on ${(await runtime.started).device}`
    return { ...(await runtime.request('create', { model, weights }, failure)), runtime }
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

  return {
    inputs,
    outputs,
    async run(values, options = {}) {
      options.signal?.throwIfAborted()
      if (disposed) throw new DisposedError({ what: `The session of ${source.name}`, hint: 'Create it again.' })
      assertInputs(inputs, values, { backend, model: source.name })
      const sent = inputMessages(values, true)
      const results = await host.use(async (runtime) => {
        if (created.runtime !== runtime) created = await make(runtime)
        options.signal?.throwIfAborted()
        return runtime.request('run', { session: created.session, inputs: sent })
      }, options.signal)
      return tensorsOf(results)
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
