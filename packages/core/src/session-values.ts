import type { ValueInfo } from './backend.ts'
import type { DType } from './dtype.ts'
import { BackendError } from './errors/index.ts'
import { type AnyTensor, elementCount, sameShape, type Tensor, tensor } from './tensor.ts'

/** Whose session it is, for messages. */
export interface SessionName {
  readonly backend: string
  readonly model: string
}

/**
 * Checks what goes into a session against what its model takes: runtimes' own messages help nobody.
 * @throws BackendError that names the input which is missing, unknown, or of another element type, shape or number of values.
 */
export function assertInputs(
  inputs: readonly ValueInfo[],
  values: Readonly<Record<string, Tensor>>,
  { backend, model }: SessionName,
): void {
  const fail = (problem: string): never => {
    throw new BackendError({ backend, problem: `${model}: ${problem}` })
  }
  if (typeof values !== 'object' || values === null) fail('no inputs are given; expected tensors by their names')
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

/**
 * Inputs as they are sent to another thread. Of a view of a larger buffer its own values are copied, since the whole buffer would
 * be sent with it, and so is shared memory, which onnxruntime refuses in Node.
 * @param later True where they are sent later than now: all values are copied, since the caller may change them until then.
 */
export function inputMessages(
  inputs: Readonly<Record<string, Tensor>>,
  later = false,
): Readonly<Record<string, TensorMessage>> {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, inputMessage(input, later)]))
}

function inputMessage(input: Tensor, later: boolean): TensorMessage {
  const { data } = input
  const isWhole = data.buffer instanceof ArrayBuffer && data.buffer.byteLength === data.byteLength
  if ((isWhole && !later) || !ArrayBuffer.isView(data)) return input
  // Not by its own method, which gives another view of a Node Buffer.
  return { ...input, data: Uint8Array.prototype.slice.call(data) }
}

/** What onnxruntime tells of an input or output. */
export type RuntimeValue =
  | { readonly isTensor: false; readonly name: string }
  | {
      readonly isTensor: true
      readonly name: string
      readonly type: string
      readonly shape: readonly (number | string)[]
    }

/**
 * An input or output in our words. Sizes that are left open have names there and are −1 here.
 * @throws Error if it is no tensor.
 */
export function valueInfo(value: RuntimeValue): ValueInfo {
  if (!value.isTensor) throw new Error(`"${value.name}" is no tensor`)
  return {
    name: value.name,
    dtype: value.type as DType,
    shape: value.shape.map((size) => (typeof size === 'number' ? size : -1)),
  }
}

/** A tensor of onnxruntime. */
export interface RuntimeTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
}

/** Results of onnxruntime as they travel between threads. Nothing is copied. */
export function tensorMessages(
  results: Readonly<Record<string, RuntimeTensor>>,
): Readonly<Record<string, TensorMessage>> {
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, dims, data }]) => {
      const view = data as ArrayBufferView
      // Newer engines hold half precision in a Float16Array; its raw bits are what our tensors hold.
      const bits = () => new Uint16Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength / 2)
      return [name, { dtype: type as DType, shape: dims, data: type === 'float16' ? bits() : view }]
    }),
  )
}

/** The buffers of results, which are handed over to another thread instead of copied. */
export function buffersOf(results: Readonly<Record<string, TensorMessage>>): ArrayBuffer[] {
  return [...new Set(Object.values(results).map(({ data }) => data.buffer as ArrayBuffer))]
}

/** What a runtime's thread answered, as tensors by name. Nothing is copied. */
export function tensorsOf(results: Readonly<Record<string, TensorMessage>>): Readonly<Record<string, AnyTensor>> {
  return Object.fromEntries(
    Object.entries(results).map(([name, { dtype, shape, data }]) => [
      name,
      tensor(dtype, shape, data as never) as AnyTensor,
    ]),
  )
}

/** A size of −1 was left open by the model. */
function mismatch(input: ValueInfo, value: Tensor): string | undefined {
  if (!Array.isArray(value.shape) || typeof value.data?.length !== 'number') return 'is no tensor'
  if (value.dtype !== input.dtype) return `has element type ${value.dtype}; expected ${input.dtype}`
  const expected = input.shape.map((size, axis) => (size === -1 ? (value.shape[axis] ?? -1) : size))
  if (!sameShape(expected, value.shape)) return `has shape [${value.shape}]; expected [${input.shape}]`
  const count = elementCount(value.shape)
  if (value.data.length === count) return undefined
  if (value.data.length === 0)
    return `holds no values, since its memory was given away (transferred) or never filled; expected ${count}`
  return `holds ${value.data.length} values; expected ${count}`
}
