import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { float32, type Tensor } from '@latentkit/core'
import { decodeRecordedTensor, type RecordedTensor, relativeDifference } from '@latentkit/core/testing'
import type { Stage } from './plan.ts'
import type { NoiseSource, PlanRequest } from './scheduler.ts'

type Latents = Tensor<'float32'>

/** A closed loop of the real diffusers, see `shared/fixtures/README.md`. */
export interface RecordedTrace {
  readonly name: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly config_args: Readonly<Record<string, unknown>>
  readonly steps: number | null
  readonly set_timesteps_kwargs: Readonly<Record<string, never>>
  readonly step_kwargs: Readonly<Record<string, never>>
  readonly generator_seed: string | readonly string[]
  readonly init_seed: string
  readonly pattern_offset: number
  readonly timesteps: readonly number[]
  readonly timesteps_dtype: string
  readonly sigmas?: RecordedTensor
  readonly order: number
  readonly init_noise_sigma: number | null
  readonly begin_index?: number
  readonly called_set_begin_index?: boolean
  readonly original?: RecordedTensor
  readonly noise?: RecordedTensor
  readonly initial_sample: RecordedTensor
  readonly scaled: RecordedTensor | null
  readonly model_output: string
  readonly prev_sample: RecordedTensor
  readonly pred_original_sample?: RecordedTensor | null
  readonly noise_drawn?: RecordedTensor
  readonly noise_steps?: readonly number[]
  readonly sensitivity: Readonly<Record<string, number | null>>
  readonly non_finite_from_step?: number
  readonly error?: string
}

/** A recorded add_noise. */
export interface RecordedNoising {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly steps: number | null
  readonly timesteps_used: readonly number[]
  readonly called_set_begin_index?: number
  readonly original: RecordedTensor
  readonly noise: RecordedTensor
  readonly add_noise: RecordedTensor
  readonly get_velocity?: RecordedTensor
}

/** The recordings of one scheduler class. */
export interface Recordings {
  readonly traces: readonly RecordedTrace[]
  readonly add_noise?: readonly RecordedNoising[]
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const shared = process.env.LATENTKIT_SHARED ?? here('../../../../shared')

let isTold = false

/**
 * Reads a recording: the copy in this package if there is one, else that in the shared folder, else what this package has
 * of it in `some-traces.json`; undefined if it is nowhere.
 */
export function readRecordings<T = Recordings>(name: string): T | undefined {
  const places = [here(`./__fixtures__/${name}.json`), `${shared}/fixtures/schedulers/${name}.json`]
  const place = places.find(existsSync)
  if (place !== undefined) return JSON.parse(readFileSync(place, 'utf8'))
  if (!isTold) process.stderr.write('skipped: most recordings, which are in the shared folder beside the repository\n')
  isTold = true
  return someTraces()[name]
}

function someTraces() {
  return JSON.parse(readFileSync(here('./__fixtures__/some-traces.json'), 'utf8'))
}

/** The values of a recorded tensor as float32. */
export function values(recorded: RecordedTensor): Latents {
  const { shape, data } = decodeRecordedTensor(recorded)
  return float32(shape, Float32Array.from(data as ArrayLike<number>))
}

/** Takes stacked tensors apart along their first axis. */
export function unstack(recorded: RecordedTensor): Latents[] {
  const { shape, data } = values(recorded)
  const [count = 0, ...rest] = shape
  const size = data.length / count
  return Array.from({ length: count }, (_, i) => float32(rest, data.subarray(i * size, (i + 1) * size)))
}

/** The `p[k]` of the recordings' fake model. */
export function pattern(k: number, step: number, offset: number): number {
  return ((37 * k + 101 * step + 11 + offset) % 257) / 128 - 1
}

/** The fake model: half the input plus a pattern, rounded once; learned variance adds a second half of channels. */
export function fakeModel(scaled: Latents, step: number, trace: RecordedTrace): Latents {
  const half = scaled.data.map((value, k) => Math.fround(0.5 * value + pattern(k, step, trace.pattern_offset)))
  if (trace.model_output === 'formula') return float32(scaled.shape, half)
  const positive = trace.model_output.includes('0.375')
  const variance = half.map((_, k) => (positive ? pattern(k, step, 97) * 0.25 + 0.375 : pattern(k, step, 97)))
  const [batch = 1, channels = 1, ...rest] = scaled.shape
  const size = half.length / batch
  const both = new Float32Array(2 * half.length)
  for (let b = 0; b < batch; b++) {
    both.set(half.subarray(b * size, (b + 1) * size), 2 * b * size)
    both.set(variance.subarray(b * size, (b + 1) * size), (2 * b + 1) * size)
  }
  return float32([batch, 2 * channels, ...rest], both)
}

/** What the recording asked diffusers for, in our words. */
export function requestOf(trace: RecordedTrace): PlanRequest {
  const set = trace.set_timesteps_kwargs as Readonly<Record<string, unknown>>
  const step = trace.step_kwargs as Readonly<Record<string, unknown>>
  // EDM takes for `sigmas` places on its own schedule, and we take sigmas.
  const sigmas = set.sigmas ?? set.sigmas_numpy ?? edmSigmas(set.sigmas_tensor) ?? linspaceOf(set.sigmas_linspace)
  const churn = { amount: step.s_churn, min: step.s_tmin, max: step.s_tmax, noise: step.s_noise }
  const request = {
    steps: sigmas ? undefined : (trace.steps ?? undefined),
    timesteps: set.timesteps,
    sigmas,
    startAt: trace.begin_index === undefined ? undefined : trace.begin_index / (trace.order ?? 1),
    mu: set.mu,
    originalSteps: set.original_inference_steps,
    strength: set.strength,
    eta: step.eta,
    useClippedModelOutput: step.use_clipped_model_output,
    order: step.order,
    churn: 's_churn' in step ? Object.fromEntries(Object.entries(churn).filter(([, v]) => v !== undefined)) : undefined,
  }
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)) as PlanRequest
}

function edmSigmas(places: unknown): number[] | undefined {
  if (!Array.isArray(places)) return undefined
  const [max, min] = [80 ** (1 / 7), 0.002 ** (1 / 7)]
  return places.map((place: number) => (max + place * (min - max)) ** 7)
}

function linspaceOf(range: unknown): number[] | undefined {
  if (!Array.isArray(range)) return undefined
  const [start, end, count] = range as [number, number, number]
  return Array.from({ length: count }, (_, i) => start + (i * (end - start)) / (count - 1))
}

/** Plays the recorded draws back, one after another; refuses to be asked for more. */
export function recordedNoise(trace: RecordedTrace): NoiseSource & { left(): number } {
  const draws = trace.noise_drawn ? unstack(trace.noise_drawn) : []
  const source = () => {
    const next = draws.shift()
    if (next === undefined) throw new Error('a draw that the reference does not make')
    return next
  }
  return Object.assign(source, { left: () => draws.length })
}

/** Largest relative difference allowed at a step of a closed loop. */
export function tolerance(trace: RecordedTrace, key = 'prev_sample'): number {
  return Math.max(2e-5, 30 * (trace.sensitivity[key] ?? 0))
}

/** Compares a list of tensors step by step; returns the worst difference and where. */
export function worstStep(actual: readonly Latents[], expected: readonly Latents[]): { worst: number; step: number } {
  if (actual.length !== expected.length) return { worst: Number.POSITIVE_INFINITY, step: actual.length }
  const differences = actual.map((tensor, i) => relativeDifference(tensor.data, expected[i]!.data))
  const worst = Math.max(0, ...differences)
  return { worst, step: differences.indexOf(worst) }
}

/** The sigma of a stage in the reference's sense: noise to signal, or the flow's own. */
export function sigmaOf({ level }: Stage, flow: boolean): number {
  return flow ? level.sigma : level.sigma / level.alpha
}
