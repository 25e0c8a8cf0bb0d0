import { assertInputs, DisposedError, inputMessages, type Session, tensorsOf } from '@latentkit/core'
import type { Requests } from './runtime/messages.ts'
import type { RuntimeClient } from './runtime/runtime-client.ts'

/** A session that lives in the runtime's thread. */
export function createNodeSession(
  client: RuntimeClient,
  backend: string,
  model: string,
  created: Requests['create']['answer'],
): Session {
  const { session, inputs, outputs } = created
  let disposed = false

  return {
    inputs,
    outputs,
    async run(values, { signal } = {}) {
      signal?.throwIfAborted()
      if (disposed) throw new DisposedError({ what: `The session of ${model}`, hint: 'Create it again.' })
      assertInputs(inputs, values, { backend, model })
      const results = await client.request('run', { session, inputs: inputMessages(values) }, signal)
      return tensorsOf(results)
    },
    async dispose() {
      if (disposed) return
      disposed = true
      await client.request('release', { session }).catch(() => undefined)
    },
  }
}
