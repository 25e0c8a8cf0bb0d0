import { expect, test } from 'vitest'
import { assertOptions } from './assert-options.ts'

test('options of unknown names are refused by their names', () => {
  const names = { seed: true, steps: true } as const
  for (const options of [{}, undefined, { seed: 1 }, { steps: undefined }]) assertOptions(options, names)
  expect(() => assertOptions({ seed: 1, step: 2 }, names)).toThrow('option is "step"; expected one of seed, steps.')
  expect(() => assertOptions('seed' as never, names)).toThrow('options is "seed"; expected an object of seed, steps.')
  expect(() => assertOptions(null as never, names)).toThrow('options is null')
})
