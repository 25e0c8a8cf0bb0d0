import { float32, sameShape, type Tensor } from '@latentkit/core'
import type { LearnedNoise } from './plan.ts'
import { refuse } from './refuse.ts'

/** Samples, estimates and noise alike: `[batch, channels, …]`. */
export type Latents = Tensor<'float32'>

/** A tensor and its weight in a sum. */
export type WeightedTensor = readonly [weight: number, tensor: Latents]

/** Weighted sum of tensors of one shape: added up in double precision, rounded once. A single tensor of weight 1 is itself. */
export function combine(...terms: readonly WeightedTensor[]): Latents {
  const { shape } = terms[0]![1]
  const used = terms.filter(([weight]) => weight !== 0)
  if (used.length === 1 && used[0]![0] === 1) return used[0]![1]
  const result = new Float32Array(shape.reduce((product, size) => product * size, 1))
  if (used.length > 0) addSix(used, result, used.length > 6 ? new Float64Array(result.length) : undefined)
  return float32(shape, result)
}

/** Six tensors in one pass, since memory traffic is what a step spends its time on; `sum` holds what came before. */
function addSix(terms: readonly WeightedTensor[], result: Float32Array, sum: Float64Array | undefined): void {
  const none: WeightedTensor = [0, terms[0]![1]]
  const [first = none, second = none, third = none, fourth = none, fifth = none, sixth = none] = terms
  const [a, b, c, d, e, f] = [first[0], second[0], third[0], fourth[0], fifth[0], sixth[0]]
  const [x, y, z] = [first[1].data, second[1].data, third[1].data]
  const [u, v, w] = [fourth[1].data, fifth[1].data, sixth[1].data]
  const { length } = result
  if (terms.length <= 2 && !sum) for (let i = 0; i < length; i++) result[i] = a * x[i]! + b * y[i]!
  else if (terms.length <= 4 && !sum) {
    for (let i = 0; i < length; i++) result[i] = a * x[i]! + b * y[i]! + c * z[i]! + d * u[i]!
  } else if (!sum) {
    for (let i = 0; i < length; i++) result[i] = a * x[i]! + b * y[i]! + c * z[i]! + d * u[i]! + e * v[i]! + f * w[i]!
  } else {
    for (let i = 0; i < length; i++) sum[i]! += a * x[i]! + b * y[i]! + c * z[i]! + d * u[i]! + e * v[i]! + f * w[i]!
    if (terms.length > 6) addSix(terms.slice(6), result, sum)
    else result.set(sum)
  }
}

/** `w₀ · a + w₁ · b` with weights of its own for each image of a batch. */
export function addByImage(a: Latents, b: Latents, weights: readonly (readonly [number, number])[]): Latents {
  checkShape('noise', b, a.shape)
  if (weights.length !== a.shape[0]) {
    refuse('timesteps', `${weights.length} of them`, `one, or ${a.shape[0]}, one for each image of the batch`)
  }
  const size = a.data.length / weights.length
  const mixed = a.data.map((value, i) => {
    const [ofA, ofB] = weights[Math.floor(i / size)]!
    return ofA * value + ofB * b.data[i]!
  })
  return float32(a.shape, mixed)
}

/** Parts a model output of twice the channels: `[batch, 2 · channels, …]` → prediction and variance. */
export function splitChannels(output: Latents): [prediction: Latents, variance: Latents] {
  const [batch = 1, channels = 0, ...rest] = output.shape
  const shape = [batch, channels / 2, ...rest]
  const size = output.data.length / batch / 2
  const halves = [0, 1].map((half) => {
    const data = new Float32Array(batch * size)
    for (let b = 0; b < batch; b++)
      data.set(output.data.subarray((2 * b + half) * size, (2 * b + half + 1) * size), b * size)
    return float32(shape, data)
  })
  return [halves[0]!, halves[1]!]
}

/** Scales unit noise element by element to the size that the model's variance channels ask for. */
export function scaleLearnedNoise({ shape, data }: Latents, variance: Latents, learned: LearnedNoise): Latents {
  const deviation = (v: number) => {
    if (learned.kind === 'variance') return Math.sqrt(v)
    return Math.exp((learned.low + ((v + 1) / 2) * (learned.high - learned.low)) / 2)
  }
  const scaled = data.map((value, i) => value * deviation(variance.data[i]!))
  return float32(shape, scaled)
}

/** @throws InvalidArgumentError if a tensor has another shape than expected. */
export function checkShape(argument: string, actual: Tensor, expected: readonly number[]): void {
  if (actual.dtype === 'float32' && sameShape(actual.shape, expected)) return
  refuse(argument, `${actual.dtype} [${actual.shape}]`, `float32 [${expected}]`)
}
