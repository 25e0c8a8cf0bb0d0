import { meanWeights } from '../multistep-weights.ts'
import type { NoiseLevel } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import { ask, byStage, type Run } from '../sampling-grid.ts'
import { transferNoise } from '../transfer.ts'

/**
 * Pseudo numerical methods (Liu et al. 2022): transfers a blend of the latest outputs, as eq. 9 and 12 have it.
 * `rungeKutta` takes the first three steps by four evaluations each (eq. 13), else the first step is repeated with the
 * mean of two slopes, as in the original latent diffusion code.
 * @param stride training timesteps that one step passes over.
 */
export function pndm(
  run: Run & { levelAt(timestep: number): NoiseLevel },
  stride: number,
  rungeKutta: boolean,
): Stage[] {
  const { intervals, levelAt, prediction } = run
  const stages: Stage[] = []

  /** Asks at `timestep`, then carries the sample of stage `anchor` from `start` to `end` by weights of outputs. */
  function push(
    timestep: number,
    [start, end]: readonly [start: number, end: number],
    anchor: number,
    outputs: readonly number[],
    weights: readonly number[],
    standing = timestep,
  ): void {
    const { sample, noise } = transferNoise(levelAt(start), levelAt(end))
    // The blend of raw outputs is read as one output, at the level where the step begins.
    const [ofSample, ofOutput] = prediction(levelAt(start)).noise
    const estimates = byStage(outputs, weights, noise * ofOutput)
    const next = { samples: { [anchor]: sample + noise * ofSample }, estimates }
    stages.push(ask(run, timestep, levelAt(standing), { keep: { output: 1 }, next }))
  }

  /** Four evaluations: at the start, twice in the middle, at the end. */
  function pushRungeKutta(start: number, end: number): number {
    const first = stages.length
    // Parity: the middle lies half a stride from either end, even where the ends are not a stride apart.
    const half = Math.floor(stride / 2)
    push(start, [start, start - half], first, [first], [1])
    push(end + half, [start, end + half], first, [first + 1], [1], start - half)
    push(end + half, [start, end], first, [first + 2], [1])
    push(end, [start, end], first, [first, first + 1, first + 2, first + 3], [1 / 6, 1 / 3, 1 / 3, 1 / 6])
    return first
  }

  const history: number[] = []
  for (const [i, { timestep }] of intervals.entries()) {
    const next = intervals[i + 1]?.timestep
    if (rungeKutta && i < 3) {
      history.unshift(pushRungeKutta(timestep, next!))
      continue
    }
    const stage = stages.length
    history.unshift(stage)
    const used = history.slice(0, 4)
    const backwards = used.map((_, age) => -age)
    push(timestep, [timestep, timestep - stride], stage, used, meanWeights(backwards, 1))
    if (rungeKutta || i > 0 || next === undefined) continue
    // Parity: the repeated step spans one stride above the second timestep; its slope is not remembered.
    push(next, [next + stride, next], stage, [stage, stage + 1], [1 / 2, 1 / 2])
  }
  return stages
}
