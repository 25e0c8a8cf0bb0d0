import { adamsBashforth } from '../multistep-weights.ts'
import type { NoiseLevel } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'
import { transferNoise } from '../transfer.ts'

/** What PNDM needs to know of its timesteps. */
export interface PndmGrid {
  /** Timesteps to visit, descending. */
  readonly timesteps: readonly number[]
  /** Training timesteps that one step passes over. */
  readonly stride: number
  levelAt(timestep: number): NoiseLevel
}

/**
 * Pseudo numerical methods (Liu et al. 2022): transfers a blend of the latest outputs, as eq. 9 and 12 have it.
 * `rungeKutta` takes the first three steps by four evaluations each (eq. 13), else the first step is repeated with the
 * mean of two slopes, as in the original latent diffusion code.
 */
export function pndm(grid: PndmGrid, prediction: Prediction, rungeKutta: boolean): Stage[] {
  const { levelAt, stride } = grid
  const stages: Stage[] = []

  /** Adds a stage that carries the sample of stage `anchor` by a blend of outputs, given by stage number. */
  const push = (
    timestep: number,
    standing: NoiseLevel,
    step: Omit<Interval, 'timestep'>,
    anchor: number,
    blend: Record<number, number>,
  ) => {
    const { sample, noise } = transferNoise(step.from, step.to)
    // The blend of raw outputs is read as one output, at the level where the step begins.
    const [ofSample, ofOutput] = prediction.noise(step.from)
    const estimates = Object.fromEntries(
      Object.entries(blend).map(([stage, weight]) => [stage, weight * noise * ofOutput]),
    )
    stages.push({
      ...evaluate({ prediction }, { timestep, from: standing }),
      keep: { output: 1 },
      next: { samples: { [anchor]: sample + noise * ofSample }, estimates },
    })
  }

  /** Four evaluations: at the start, twice in the middle, at the end. */
  const pushRungeKutta = (start: number, end: number) => {
    const first = stages.length
    // Parity: the middle lies half a stride from either end, even where the ends are not a stride apart.
    const half = Math.floor(stride / 2)
    const from = levelAt(start)
    push(start, from, { from, to: levelAt(start - half) }, first, { [first]: 1 })
    push(end + half, levelAt(start - half), { from, to: levelAt(end + half) }, first, { [first + 1]: 1 })
    push(end + half, levelAt(end + half), { from, to: levelAt(end) }, first, { [first + 2]: 1 })
    const mean = { [first]: 1 / 6, [first + 1]: 1 / 3, [first + 2]: 1 / 3, [first + 3]: 1 / 6 }
    push(end, levelAt(end), { from, to: levelAt(end) }, first, mean)
    return first
  }

  const history: number[] = []
  const warmUp = rungeKutta ? 3 : 0
  for (let i = 0; i < warmUp; i++) history.unshift(pushRungeKutta(grid.timesteps[i]!, grid.timesteps[i + 1]!))
  for (const [i, timestep] of grid.timesteps.slice(warmUp).entries()) {
    const stage = stages.length
    history.unshift(stage)
    const weights = adamsBashforth(Math.min(history.length, 4))
    const blend = Object.fromEntries(weights.map((weight, j) => [history[j]!, weight]))
    const from = levelAt(timestep)
    push(timestep, from, { from, to: levelAt(timestep - stride) }, stage, blend)
    const next = grid.timesteps[1]
    if (!rungeKutta && i === 0 && next !== undefined) {
      // Parity: the repeated step spans one stride above the second timestep; its slope is not remembered.
      const again = { from: levelAt(next + stride), to: levelAt(next) }
      push(next, again.to, again, stage, { [stage]: 1 / 2, [stage + 1]: 1 / 2 })
    }
  }
  return stages
}
