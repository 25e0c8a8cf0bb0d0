import { type Session, type Tensor, zeros } from '@latentkit/core'
import { multiplyAdds } from '@latentkit/onnx-graph'
import { buildVQDecoder } from '../autoencoder/vq-model.ts'
import type { InputShape } from '../input-shape.ts'
import { buildUNet2D } from '../unet-2d/unet-2d-model.ts'
import type { ModelComponents } from './model-components.ts'
import type { NetworkSessions } from './network-sessions.ts'
import type { TilePlan } from './plan-upscale.ts'

/** How an estimate is ended early, and what later ones know from it. */
export interface EstimateOptions {
  readonly signal?: AbortSignal | undefined
  /** Seconds of the calls that were timed, for estimates that follow: a map given to each of them, empty at first. */
  readonly timings?: Map<string, number> | undefined
}

/** Side of the tile that is timed. */
const calibrationSide = 64

/**
 * About how long a planned upscale will take, from one timed call of each network on a small tile: calls take as long as
 * their multiplications let expect.
 */
export async function estimateSeconds(
  components: ModelComponents,
  sessions: NetworkSessions,
  { grid, stages, tiles, convolutions, precision }: TilePlan,
  { signal, timings = new Map() }: EstimateOptions = {},
): Promise<number> {
  const { unet, vqvae } = components
  const tile = { batch: 1, height: grid.rows.tile, width: grid.columns.tile, convolutions, precision }
  const side = (size: number) => Math.min(size, calibrationSide)
  const timed = { ...tile, height: side(tile.height), width: side(tile.width) }
  const work = {
    unet: (shape: InputShape) => multiplyAdds(buildUNet2D(unet.config, unet.weights, shape)),
    decoder: (shape: InputShape) => multiplyAdds(buildVQDecoder(vqvae.config, vqvae.weights, shape)),
  }
  const perCall = async (kind: 'unet' | 'decoder') => {
    const key = JSON.stringify({ kind, ...timed })
    const seconds = timings.get(key) ?? (await secondsOfRun(await sessions[kind](timed, signal), signal))
    timings.set(key, seconds)
    return seconds * (work[kind](tile) / work[kind](timed))
  }
  return tiles * (stages * (await perCall('unet')) + (await perCall('decoder')))
}

/** Seconds of a session's second call: the first one also prepares. */
async function secondsOfRun(session: Session, signal: AbortSignal | undefined): Promise<number> {
  const inputs: Record<string, Tensor> = {}
  for (const { name, dtype, shape } of session.inputs) inputs[name] = zeros(dtype, shape)
  await session.run(inputs, { signal })
  const start = performance.now()
  await session.run(inputs, { signal })
  return (performance.now() - start) / 1000
}
