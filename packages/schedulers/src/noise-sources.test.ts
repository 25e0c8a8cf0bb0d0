import { createTorchGenerator } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import { describe, expect, test } from 'vitest'
import { schedulerClasses } from './diffusers/classes.ts'
import { createScheduler } from './diffusers/create-scheduler.ts'
import { CosineDPMSolverMultistepScheduler } from './diffusers/edm-schedulers.ts'
import { brownianNoise, seededNoise, seededNoisePerImage } from './noise-sources.ts'
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

describe('brownian noise', () => {
  const shape = [1, 1, 64, 64]
  const create = () => {
    const generator = createTorchGenerator(4)
    return brownianNoise((wanted) => generator.randn(wanted))
  }
  const moment = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0) / a.length

  test('increments are unit noise, alike where stretches overlap and apart where they do not', () => {
    const noise = create()
    const [half, whole, rest] = [noise(shape, [10, 4]), noise(shape, [10, 2]), noise(shape, [4, 2])]
    for (const draw of [half, whole, rest]) expect(moment(draw.data, draw.data)).toBeCloseTo(1, 1)
    expect(moment(half.data, whole.data)).toBeCloseTo(Math.sqrt(6 / 8), 1)
    expect(moment(half.data, rest.data)).toBeCloseTo(0, 1)
    const joined = half.data.map((value, i) => (Math.sqrt(6) * value + Math.sqrt(2) * rest.data[i]!) / Math.sqrt(8))
    expect(largestDifference(joined, whole.data)).toBeLessThan(1e-5)
  })

  test('a place between known ones is bridged', () => {
    const noise = create()
    const whole = noise(shape, [10, 2])
    const [upper, lower] = [noise(shape, [10, 5]), noise(shape, [5, 2])]
    expect(moment(upper.data, upper.data)).toBeCloseTo(1, 1)
    expect(moment(upper.data, lower.data)).toBeCloseTo(0, 1)
    const joined = upper.data.map((value, i) => (Math.sqrt(5) * value + Math.sqrt(3) * lower.data[i]!) / Math.sqrt(8))
    expect(largestDifference(joined, whole.data)).toBeLessThan(1e-5)
  })

  test('a place between two that have moved is bridged, and one that is known is not drawn again', () => {
    let draws = 0
    const generator = createTorchGenerator(4)
    const noise = brownianNoise((wanted) => {
      draws++
      return generator.randn(wanted)
    })
    // 10 is where the path begins; 8 is bridged, and 5 lies between 8 and 2, neither of which is 0.
    const whole = noise(shape, [10, 2])
    const upper = noise(shape, [10, 8])
    const [middle, lower] = [noise(shape, [8, 5]), noise(shape, [5, 2])]
    expect(draws).toBe(4)
    expect(noise(shape, [8, 5])).toEqual(middle)
    expect(draws).toBe(4)
    for (const one of [upper, middle, lower]) expect(moment(one.data, one.data)).toBeCloseTo(1, 1)
    for (const [a, b] of [
      [upper, middle],
      [upper, lower],
      [middle, lower],
    ] as const)
      expect(moment(a.data, b.data)).toBeCloseTo(0, 1)
    expect(moment(middle.data, whole.data)).toBeCloseTo(Math.sqrt(3 / 8), 1)
    // Before its beginning the path is drawn onward, too.
    const before = noise(shape, [12, 10])
    expect(moment(before.data, before.data)).toBeCloseTo(1, 1)
    expect(moment(before.data, upper.data)).toBeCloseTo(0, 1)
  })

  test('a draw without a stretch is a plain one, and sigma must fall', () => {
    expect(create()(shape)).toEqual(createTorchGenerator(4).randn(shape))
    expect(() => create()(shape, [1, 2])).toThrow('expected sigma to fall')
  })

  test('a step of no length, such as the last of cosine DPM-Solver that ends at sigma_min, takes a plain draw', () => {
    expect(create()(shape, [2, 2])).toEqual(createTorchGenerator(4).randn(shape))
    const plan = createScheduler(CosineDPMSolverMultistepScheduler, { final_sigmas_type: 'sigma_min' }).plan({
      steps: 4,
    })
    const noise = create()
    for (const { noiseInterval } of plan.stages) expect(noise([1, 1, 4, 4], noiseInterval).data).toHaveLength(16)
  })
})
