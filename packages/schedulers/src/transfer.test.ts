import { describe, expect, test } from 'vitest'
import { lagrangeIntegrals } from './multistep-weights.ts'
import { clean, flowMatching, lambda, noiseToSignal, varianceExploding, variancePreserving } from './noise-level.ts'
import type { Stage } from './plan.ts'
import { createPrediction } from './prediction.ts'
import { intervalsBetween } from './sampling-grid.ts'
import { createDice } from './scalar-run-fixture.ts'
import { exponentialSolver, exponentialStep } from './solvers/exponential.ts'
import { ddim, ddpm, flowEuler } from './solvers/first-order.ts'
import { linearMultistep } from './solvers/linear-multistep.ts'
import { splitNoise, transfer, transferNoise } from './transfer.ts'

const dice = createDice(3)
const pairs = Array.from({ length: 50 }, () => {
  const [a, b] = [0.02 + 10 * dice(), 0.01 + 10 * dice()]
  return { high: Math.max(a, b), low: Math.min(a, b) }
})
const paths = { variancePreserving, varianceExploding, flowMatching: (s: number) => flowMatching(s / (s + 1)) }

describe('a step of a known picture and known noise stays on the path', () => {
  for (const [name, path] of Object.entries(paths)) {
    test(name, () => {
      for (const { high, low } of pairs) {
        const [from, to] = [path(high), path(low)]
        const x = from.alpha * 0.7 + from.sigma * -1.1
        const wanted = to.alpha * 0.7 + to.sigma * -1.1
        const data = transfer(0, from, to)
        expect(data.samples![0]! * x + data.denoised * 0.7).toBeCloseTo(wanted, 10)
        const noise = transferNoise(from, to)
        expect(noise.sample * x + noise.noise * -1.1).toBeCloseTo(wanted, 10)
      }
    })
  }
})

test('split noise adds up to the noise of the level', () => {
  for (const { high, low } of pairs) {
    const { down, up } = splitNoise(variancePreserving(high), variancePreserving(low), dice())
    expect(Math.hypot(down.sigma, up)).toBeCloseTo(variancePreserving(low).sigma, 12)
  }
})

/** Weights of sample and clean estimate of a single step, whatever its solver writes them as. */
function weights(stage: Stage): number[] {
  const { samples = {}, estimates = {}, denoised = 0, output = 0, noise = 0 } = stage.next
  const [ofSample, ofOutput] = stage.denoised
  const { keep } = stage
  // The output that a clean estimate d implies is (d − ofSample · x) / ofOutput.
  const fromOutput = output + (estimates[0] ?? 0) * (keep.output ?? 0)
  const ofClean = denoised + (estimates[0] ?? 0) * (keep.denoised ?? 0) + fromOutput / ofOutput
  const ofX = (samples[0] ?? 0) + (estimates[0] ?? 0) * (keep.sample ?? 0) - (fromOutput * ofSample) / ofOutput
  return [ofX, ofClean, noise]
}

describe('solvers that are one and the same', () => {
  const prediction = createPrediction('epsilon')
  const orders = [1]
  for (const { high, low } of pairs.slice(0, 10)) {
    const vp = { prediction, intervals: intervalsBetween([9], [variancePreserving(high), variancePreserving(low)]) }
    const ve = { prediction, intervals: intervalsBetween([9], [varianceExploding(high), varianceExploding(low)]) }
    const same = ([a]: readonly Stage[], [b]: readonly Stage[]) =>
      weights(a!).map((value, i) => expect(value).toBeCloseTo(weights(b!)[i]!, 9))
    test(`first order, ${high.toFixed(2)} to ${low.toFixed(2)}`, () => {
      const reference = ddim(vp, 0)
      same(exponentialSolver(vp, { data: true, orders }), reference)
      same(exponentialSolver(vp, { data: false, orders }), reference)
      same(exponentialSolver(vp, { data: true, orders, anchored: true }), reference)
      same(linearMultistep(vp, 1), reference)
      same(linearMultistep({ ...vp, filtered: true }, 1), reference)
    })
    test(`fresh noise, ${high.toFixed(2)} to ${low.toFixed(2)}`, () => {
      const reference = ddim(vp, 1)
      const stochastic = { data: true, orders, tau: () => 1 }
      same(ddpm(vp, 'fixed_small'), reference)
      same(exponentialSolver(vp, stochastic), reference)
      same(ddim(ve, 1, true), exponentialSolver(ve, stochastic))
    })
  }
  test('flow matching', () => {
    const prediction = createPrediction('flow_prediction')
    for (const { high, low } of pairs) {
      const run = { prediction, intervals: intervalsBetween([9], [flowMatching(high / 11), flowMatching(low / 11)]) }
      const [a, b] = [weights(flowEuler(run)[0]!), weights(ddim(run, 0, true)[0]!)]
      for (const i of [0, 1]) expect(a[i]).toBeCloseTo(b[i]!, 9)
    }
  })
})

test('integrals of Lagrange polynomials: any cubic is integrated exactly, and weights of 1 add up to the length', () => {
  const nodes = [3.1, 4.7, 8.2, 11]
  const cubic = (t: number) => 2 - t + 0.3 * t ** 2 - 0.04 * t ** 3
  const integral = (t: number) => 2 * t - t ** 2 / 2 + 0.1 * t ** 3 - 0.01 * t ** 4
  const found = lagrangeIntegrals(nodes, 3.1, 0.4)
  const sum = found.reduce((total, weight, j) => total + weight * cubic(nodes[j]!), 0)
  expect(sum).toBeCloseTo(integral(0.4) - integral(3.1), 9)
  expect(found.reduce((a, b) => a + b)).toBeCloseTo(-2.7, 10)
})

/** Places in λ of levels. */
const places = (...sigmas: number[]) => sigmas.map((sigma) => lambda(variancePreserving(sigma)))

test('an exponential step to a clean level is the estimate', () => {
  const from = variancePreserving(5)
  expect(exponentialStep(from, clean, places(5), true, 0)).toEqual({ sample: 0, weights: [1], noise: 0 })
  expect(noiseToSignal(from)).toBeCloseTo(5, 12)
})

test('UniPC, DEIS and SA-Solver are exact where the estimate is a polynomial in λ', () => {
  const [from, to] = [variancePreserving(5), variancePreserving(2)]
  const nodes = places(5, 7, 9)
  const estimate = (place: number) => 0.3 - 0.5 * place + 0.2 * place ** 2
  const { weights } = exponentialStep(from, to, nodes, true, 0)
  const ours = weights.reduce((sum, weight, j) => sum + weight * estimate(nodes[j]!), 0)
  // x′ = (σ′/σ)·x + σ′ ∫ e^λ · estimate dλ (Lu et al. 2022, "DPM-Solver++", eq. 8), here summed in many small pieces.
  const [begin, end, pieces] = [lambda(from), lambda(to), 100_000]
  let sum = 0
  for (let i = 0; i < pieces; i++) {
    const place = begin + ((end - begin) * (i + 0.5)) / pieces
    sum += (Math.exp(place) * estimate(place) * (end - begin)) / pieces
  }
  expect(ours).toBeCloseTo(to.sigma * sum, 8)
})

test('a moment that a method chooses changes that moment alone', () => {
  const [from, to] = [variancePreserving(5), variancePreserving(2)]
  const nodes = places(5, 7, 9)
  const [usual, chosen] = [undefined, () => 0].map((rule) => exponentialStep(from, to, nodes, true, 0, rule).weights)
  const moment = (weights: readonly number[], power: number) =>
    weights.reduce((sum, weight, j) => sum + weight * (nodes[j]! - lambda(from)) ** power, 0)
  for (const power of [0, 1]) expect(moment(chosen!, power)).toBeCloseTo(moment(usual!, power), 12)
  expect(moment(chosen!, 2)).toBeCloseTo(0, 12)
})
