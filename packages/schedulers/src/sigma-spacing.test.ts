import { expect, test } from 'vitest'
import { betaQuantile, interpolate, timestepOf } from './sigma-spacing.ts'

const table = [1, 3, 9]
const logs = Float32Array.from(table, Math.log)

test('a table is read between its values, and held at its ends', () => {
  expect([0, 0.5, 1, 1.25, 2].map((index) => interpolate(index, table))).toEqual([1, 2, 3, 4.5, 9])
  expect([-1, -0.25, 2.5, 7].map((index) => interpolate(index, table))).toEqual([1, 1, 9, 9])
})

test('the timestep of a sigma is the way back in log sigma, and held at the ends', () => {
  expect([1, Math.sqrt(3), 3, Math.sqrt(27), 9].map((sigma) => timestepOf(sigma, logs))).toEqual([
    0,
    expect.closeTo(0.5, 6),
    1,
    expect.closeTo(1.5, 6),
    2,
  ])
  expect([0, 0.2, 10, 1e9].map((sigma) => timestepOf(sigma, logs))).toEqual([0, 0, 2, 2])
})

test('quantiles of the symmetric beta distribution', () => {
  // With parameters ½ it is the arcsine distribution, whose quantile is known: sin²(πp/2).
  for (const p of [0.01, 0.2, 0.5, 0.77, 0.999]) {
    expect(betaQuantile(p, 0.5)).toBeCloseTo(Math.sin((Math.PI * p) / 2) ** 2, 12)
  }
  expect(
    [betaQuantile(0, 0.6), betaQuantile(1, 0.6), betaQuantile(0.5, 0.6)].map((x) => Math.round(x * 1e12) / 1e12),
  ).toEqual([0, 1, 0.5])
})
