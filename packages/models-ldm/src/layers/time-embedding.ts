import { float32 } from '@latentkit/core'
import type { GraphBuilder, Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'
import { activate } from './activation.ts'
import { linear } from './linear.ts'

export interface SinusoidOptions {
  /** Width of the projection. */
  readonly width: number
  /** Cosines before sines. */
  readonly flipSinToCos: boolean
  /** Subtracted from the number of frequencies; 0 in this model, 1 in older ones. */
  readonly freqShift: number
}

/** Sines and cosines of `[n]` timesteps at frequencies 1 … 1/10000 (Vaswani et al. 2017): `[n, width]`. */
export function sinusoidalProjection(graph: GraphBuilder, timesteps: Value, options: SinusoidOptions): Value {
  const { width, flipSinToCos, freqShift } = options
  const half = Math.floor(width / 2)
  const rest = () => graph.constant(float32([timesteps.shape[0]!, 1], new Float32Array(timesteps.shape[0]!)))
  if (half === 0) return rest()
  // Parity: float32 after every operation, since an angle of hundreds of radians shows the frequency's last bit.
  const { fround, exp } = Math
  const frequencies = Float32Array.from({ length: half }, (_, i) =>
    exp(fround(fround(fround(-Math.log(10000)) * i) / (half - freqShift))),
  )
  const angles = graph.multiply(
    graph.reshape(timesteps, [timesteps.shape[0]!, 1]),
    graph.constant(float32([1, half], frequencies)),
  )
  const waves = [graph.sine(angles), graph.cosine(angles)]
  if (flipSinToCos) waves.reverse()
  if (width % 2 === 1) waves.push(rest())
  return graph.concatenate(waves, 1)
}

/** Sines and cosines of log t at the random frequencies in the scope's `weight` (Song et al. 2021): `[n, 2 · width]`. */
export function fourierProjection(scope: Scope, timesteps: Value, width: number): Value {
  const { graph } = scope
  const logarithm = graph.reshape(graph.logarithm(timesteps), [timesteps.shape[0]!, 1])
  const angles = graph.multiply(graph.multiply(logarithm, scope.weight('weight', [width], [1, width])), 2 * Math.PI)
  return graph.concatenate([graph.sine(angles), graph.cosine(angles)], 1)
}

/** Rows of the scope's table `[count, width]` at the given indices (numbers from 0, rounded down; below 0 it counts from the end). */
export function learnedProjection(scope: Scope, indices: Value, count: number, width: number): Value {
  const { graph } = scope
  return graph.gather(scope.weight('weight', [count, width]), graph.cast(indices, 'int64'))
}

/** Two Linear layers with SiLU between: `[n, in]` → `[n, width]`. */
export function timestepEmbedding(scope: Scope, projected: Value, width: number): Value {
  const hidden = linear(scope.at('linear_1'), projected, width)
  return linear(scope.at('linear_2'), activate(scope.graph, 'silu', hidden), width)
}
