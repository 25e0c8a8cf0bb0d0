import { expect, test } from 'vitest'
import { linspace, roundHalfEven, spaceTimesteps } from './timestep-spacing.ts'

test('halves round to even, as in numpy', () => {
  expect([0.5, 1.5, 2.5, 3.5, -0.5, -1.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 4, -0, -2, 2, 3])
})

test('the three spacings over 1000 training timesteps', () => {
  expect(spaceTimesteps('leading', 4, 1000)).toEqual([750, 500, 250, 0])
  expect(spaceTimesteps('trailing', 4, 1000)).toEqual([999, 749, 499, 249])
  expect(spaceTimesteps('linspace', 4, 1000)).toEqual([999, 666, 333, 0])
  expect(spaceTimesteps('linspace', 5, 1000, { fractional: true })).toEqual([999, 749.25, 499.5, 249.75, 0])
  expect(spaceTimesteps('leading', 4, 1000, { drop: 'cleanest' })).toEqual([800, 600, 400, 200])
  expect(spaceTimesteps('leading', 4, 1000, { drop: 'noisiest' })).toEqual([600, 400, 200, 0])
})

test('Parity: trailing gives one timestep more than asked for, where the reference does', () => {
  const counts = Array.from({ length: 1000 }, (_, i) => i + 1)
  const longer = counts.filter((steps) => spaceTimesteps('trailing', steps, 1000).length > steps)
  expect(longer.slice(0, 3)).toEqual([61, 103, 121])
  expect(longer).toHaveLength(62)
})

test('Parity: trailing goes by the rounded difference of the first two, as numpy.arange does', () => {
  const timesteps = spaceTimesteps('trailing', 48, 1000)
  expect([3, 15, 27, 39].map((i) => timesteps[i])).toEqual([936, 686, 436, 186])
})

test('linspace ends exactly', () => {
  expect(linspace(0, 1, 4).at(-1)).toBe(1)
  expect(linspace(3, 9, 1)).toEqual([3])
})
