import { largestDifference } from '@latentkit/core/testing'
import { describe, expect, test } from 'vitest'
import { schedulerClasses } from './diffusers/classes.ts'
import { seededNoise, seededNoisePerImage } from './noise-sources.ts'
import { readRecordings, unstack } from './recorded-traces-fixture.ts'

describe('the draws that the reference made from its seeds', () => {
  for (const name of Object.keys(schedulerClasses)) {
    for (const trace of readRecordings(name)?.traces ?? []) {
      if (!trace.noise_drawn || trace.noise_steps === undefined || name === 'RePaintScheduler') continue
      test(`${name} ${trace.name}`, () => {
        const seed = trace.generator_seed
        const noise = typeof seed === 'string' ? seededNoise(BigInt(seed)) : seededNoisePerImage(seed.map(BigInt))
        for (const drawn of unstack(trace.noise_drawn!)) {
          expect(largestDifference(noise(drawn.shape).data, drawn.data)).toBeLessThanOrEqual(4e-6)
        }
      })
    }
  }
})

test('an image draws the same in any batch', () => {
  const alone = seededNoisePerImage([5])([1, 3, 4, 4])
  const among = seededNoisePerImage([9, 5])([2, 3, 4, 4])
  expect(among.data.subarray(48)).toEqual(alone.data)
  expect(() => seededNoisePerImage([1])([2, 3, 4, 4])).toThrow('2 seeds')
})
