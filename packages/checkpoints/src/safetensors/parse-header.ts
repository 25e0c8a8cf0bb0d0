import { CheckpointError } from '@latentkit/core'
import { bitsPerElement, type StoredDType } from '../stored-dtype.ts'
import { safetensorsDTypes } from './dtypes.ts'
import { headerProblem } from './header-problem.ts'

/** A tensor as a header lists it; its bytes are `begin` to `end` of the data that follow the header. */
export interface HeaderTensor {
  readonly name: string
  readonly dtype: StoredDType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** What a header says, in its order. */
export interface Header {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: readonly HeaderTensor[]
}

/** Most axes that a tensor may have. */
const mostAxes = 64

/**
 * Reads the JSON text of a safetensors header.
 * @throws CheckpointError if anything in it is not as the format wants it.
 */
export function parseHeader(text: string, file: string): Header {
  const header = parseObject(text, file)
  const tensors: HeaderTensor[] = []
  let metadata: Readonly<Record<string, string>> = Object.freeze({})
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = parseMetadata(value, file)
    else tensors.push(parseTensor(name, value, file))
  }
  return { metadata, tensors }
}

function parseObject(text: string, file: string): Record<string, unknown> {
  if (!text.startsWith('{')) {
    throw new CheckpointError({ file, problem: `has a header that begins with ${show(text[0])}, expected "{"` })
  }
  const problem = headerProblem(text)
  if (problem !== undefined) throw new CheckpointError({ file, problem: `has a header that ${problem}` })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CheckpointError({ file, problem: 'has a header that is not JSON', hint: (cause as Error).message, cause })
  }
}

function parseMetadata(value: unknown, file: string): Readonly<Record<string, string>> {
  const entries = isObject(value) ? Object.entries(value) : undefined
  if (!entries?.every(([, text]) => typeof text === 'string')) {
    throw new CheckpointError({ file, problem: `has __metadata__ ${show(value)}, expected an object of texts` })
  }
  return Object.freeze(Object.fromEntries(entries) as Record<string, string>)
}

function parseTensor(name: string, value: unknown, file: string): HeaderTensor {
  const expect = (holds: unknown, key: string, got: unknown, expected: string): void => {
    if (!holds)
      throw new CheckpointError({ file, tensor: name, problem: `has ${key} ${show(got)}, expected ${expected}` })
  }
  expect(isObject(value), 'the entry', value, 'an object')
  const { dtype: code, shape, data_offsets: range, ...others } = value as Record<string, unknown>
  const unknown = Object.keys(others)
  expect(unknown.length === 0, 'the keys', unknown, 'only dtype, shape and data_offsets')
  const dtype = safetensorsDTypes.get(code)!
  expect(dtype, 'dtype', code, `one of ${[...safetensorsDTypes.keys()].join(', ')}`)
  expect(isCounts(shape), 'shape', shape, 'a list of whole numbers from 0')
  expect((shape as number[]).length <= mostAxes, 'shape', shape, `at most ${mostAxes} axes`)
  expect(isCounts(range) && range.length === 2, 'data_offsets', range, 'two whole numbers from 0')
  const [begin, end] = range as [number, number]
  expect(begin <= end, 'data_offsets', range, 'a begin that is not after the end')

  const elements = countElements(shape as number[])
  expect(elements !== undefined, 'shape', shape, 'fewer than 2^53 elements')
  const bits = elements! * bitsPerElement(dtype)
  expect(bits % 8 === 0, 'shape', shape, `a number of ${code} elements that fills whole bytes`)
  expect(bits === (end - begin) * 8, 'data_offsets', range, `a range of ${bits / 8} bytes for ${code} ${show(shape)}`)
  return { name, dtype, shape: shape as number[], begin, end }
}

function countElements(shape: readonly number[]): number | undefined {
  let count = 1
  for (const size of shape) {
    count *= size
    if (!Number.isSafeInteger(count)) return undefined
  }
  return count
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  let text: string
  try {
    text = JSON.stringify(value) ?? 'nothing'
  } catch {
    text = 'nested too deep to show'
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
