import { describe, expect, test } from 'vitest'
import recorded from '../__fixtures__/rng.json' with { type: 'json' }
import { InvalidArgumentError } from '../errors/index.ts'
import { decodeRecordedTensor, largestDifference, type RecordedTensor } from '../testing/index.ts'
import { createTorchGenerator, type RandomDType } from './torch-generator.ts'

interface Call {
  readonly op: string
  readonly dtype: string
  readonly value: unknown
}
const drawn = (call: Call) => ['float32', 'float64'].includes(call.dtype) && (call.op === 'rand' || call.op === 'randn')

function check(generator: ReturnType<typeof createTorchGenerator>, call: Call): void {
  const expected = decodeRecordedTensor<RandomDType>(call.value as RecordedTensor)
  const actual = generator[call.op as 'rand' | 'randn'](expected.shape, expected.dtype)
  // Uniforms are exact; normals differ in the last bits of the logarithm and the cosine.
  const tolerance = call.op === 'rand' ? 0 : call.dtype === 'float64' ? 1e-14 : 2e-6
  expect(largestDifference(actual.data, expected.data)).toBeLessThanOrEqual(tolerance)
}

describe('the numbers of torch', () => {
  for (const [index, call] of recorded.single.entries()) {
    if (!drawn(call)) continue
    test(`${call.op} ${call.dtype} seed ${call.seed} (${index})`, () =>
      check(createTorchGenerator(BigInt(call.seed)), call))
  }
  for (const { seed, calls } of recorded.sequences) {
    // Half precision is not drawn here; what comes before it in a sequence is.
    const end = calls.findIndex((call) => !drawn(call))
    const usable = end < 0 ? calls : calls.slice(0, end)
    test(`${usable.length} draws in a row, seed ${seed}`, () => {
      const generator = createTorchGenerator(BigInt(seed))
      for (const call of usable) check(generator, call)
    })
  }
})

test('a seed that is no whole number is refused', () => {
  for (const seed of [0.5, Number.NaN, 2 ** 60]) expect(() => createTorchGenerator(seed)).toThrow(InvalidArgumentError)
})
