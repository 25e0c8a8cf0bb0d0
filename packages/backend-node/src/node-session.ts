import { BackendError, type DType, type Session, sameShape, type Tensor, tensor, type ValueInfo } from '@latentkit/core'
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
  const fail = (problem: string): never => {
    throw new BackendError({ backend, problem: `${model}: ${problem}` })
  }

  return {
    inputs,
    outputs,
    async run(values, { signal } = {}) {
      signal?.throwIfAborted()
      if (disposed) fail('the session is disposed')
      for (const input of inputs) {
        const value = values[input.name] ?? fail(`input "${input.name}" is missing`)
        const problem = mismatch(input, value)
        if (problem) fail(`input "${input.name}" ${problem}`)
      }
      const unknown = Object.keys(values).find((name) => !inputs.some((input) => input.name === name))
      if (unknown !== undefined)
        fail(`there is no input "${unknown}"; there is ${inputs.map((input) => `"${input.name}"`).join(', ')}`)
      const results = await client.request('run', { session, inputs: values })
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
      await client.request('release', { session }).catch(() => undefined)
    },
  }
}

function mismatch(input: ValueInfo, value: Tensor): string | undefined {
  if (value.dtype !== (input.dtype as DType)) return `has element type ${value.dtype}; expected ${input.dtype}`
  const expected = input.shape.map((size, axis) => (size === -1 ? (value.shape[axis] ?? -1) : size))
  if (!sameShape(expected, value.shape)) return `has shape [${value.shape}]; expected [${input.shape}]`
  return undefined
}
