import { expect, test } from 'vitest'
import { betaQuantile } from './sigma-spacing.ts'

test('quantiles of the symmetric beta distribution', () => {
  // With parameters ½ it is the arcsine distribution, whose quantile is known: sin²(πp/2).
  for (const p of [0.01, 0.2, 0.5, 0.77, 0.999]) {
    expect(betaQuantile(p, 0.5)).toBeCloseTo(Math.sin((Math.PI * p) / 2) ** 2, 12)
  }
  expect(
    [betaQuantile(0, 0.6), betaQuantile(1, 0.6), betaQuantile(0.5, 0.6)].map((x) => Math.round(x * 1e12) / 1e12),
  ).toEqual([0, 1, 0.5])
})
