import type { ValueInfo } from './backend.ts'
import type { DType } from './dtype.ts'
import { BackendError } from './errors/index.ts'
import { sameShape, type Tensor, tensor } from './tensor.ts'

/** Whose session it is, for messages. */
export interface SessionName {
  readonly backend: string
  readonly model: string
}

/**
 * Checks what goes into a session against what its model takes: runtimes' own messages help nobody.
 * @throws BackendError that names the input which is missing, unknown, or of another element type or shape.
 */
export function assertInputs(
  inputs: readonly ValueInfo[],
  values: Readonly<Record<string, Tensor>>,
  { backend, model }: SessionName,
): void {
  const fail = (problem: string): never => {
    throw new BackendError({ backend, problem: `${model}: ${problem}` })
  }
  for (const input of inputs) {
    const value = values[input.name] ?? fail(`input "${input.name}" is missing`)
    const problem = mismatch(input, value)
    if (problem) fail(`input "${input.name}" ${problem}`)
  }
  const unknown = Object.keys(values).find((name) => !inputs.some((input) => input.name === name))
  if (unknown === undefined) return
  fail(`there is no input "${unknown}"; there is ${inputs.map((input) => `"${input.name}"`).join(', ')}`)
}

/** A tensor as it travels between threads: plain data. */
export interface TensorMessage {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: ArrayBufferView
}

/** What a runtime's thread answered, as tensors by name. Nothing is copied. */
export function tensorsOf(results: Readonly<Record<string, TensorMessage>>): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    Object.entries(results).map(([name, { dtype, shape, data }]) => [
      name,
      tensor(dtype, shape, data as never) as Tensor,
    ]),
  )
}

/** A size of −1 was left open by the model. */
function mismatch(input: ValueInfo, value: Tensor): string | undefined {
  if (value.dtype !== input.dtype) return `has element type ${value.dtype}; expected ${input.dtype}`
  const expected = input.shape.map((size, axis) => (size === -1 ? (value.shape[axis] ?? -1) : size))
  if (!sameShape(expected, value.shape)) return `has shape [${value.shape}]; expected [${input.shape}]`
  return undefined
}
