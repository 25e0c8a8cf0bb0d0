import {
  createTorchGenerator,
  float32,
  InvalidArgumentError,
  type Session,
  sameShape,
  type Tensor,
} from '@latentkit/core'
import { type DenoisingModel, type NoiseSource, type SamplingPlan, sample, startFromNoise } from '@latentkit/schedulers'
import { concatenateChannels } from './concatenate-channels.ts'
import { crop } from './crop.ts'
import { createDrawAhead } from './draw-ahead.ts'
import { collectRows, runTiles } from './run-tiles.ts'
import type { TileGrid } from './tile-grid.ts'

/** What denoising is made of. */
export interface DenoiseOptions {
  readonly plan: SamplingPlan
  readonly grid: TileGrid
  /** The UNet, for inputs of the grid's tiles. */
  readonly unet: Session
  /** The small picture, `[n, 3, h, w]`. */
  readonly small: Tensor<'float32'>
  /** Channels of the latents. */
  readonly channels: number
  readonly seed: number | bigint
  /** Unit noise to begin with; drawn from the seed otherwise. */
  readonly latents?: Tensor<'float32'> | undefined
  readonly noise?: NoiseSource | undefined
  readonly compat?: 'diffusers' | undefined
  readonly signal?: AbortSignal | undefined
  /** Sees every output of the network. */
  check(output: Tensor<'float32'>): Promise<void>
  onTile(): void
  onStep(step: number, latents: Tensor<'float32'>): void
}

/**
 * Denoises latents of the size of the small picture. Noise is drawn for the whole picture; at every step the network sees
 * it tile by tile, and its answers are blended before the step is taken (Bar-Tal et al. 2023, "MultiDiffusion").
 */
export async function denoise(options: DenoiseOptions): Promise<Tensor<'float32'>> {
  const { plan, grid, unet, small, signal } = options
  const [batch, , height, width] = small.shape as [number, number, number, number]
  const shape = [batch, options.channels, height, width]
  const generator = createTorchGenerator(options.seed)
  const first = options.latents ?? generator.randn(shape)
  if (!sameShape(first.shape, shape)) {
    throw new InvalidArgumentError({ argument: 'latents', value: first.shape, expected: `the shape [${shape}]` })
  }
  const { noise, prepare } = createDrawAhead(plan, shape, options.noise ?? ((wanted) => generator.randn(wanted)))

  const model: DenoisingModel = (scaled, time, { inputScale }) => {
    const timestep = float32([batch], Array<number>(batch).fill(time))
    const picture = options.compat === 'diffusers' ? scaleAll(small, inputScale) : small
    let first = true
    const rows = runTiles(grid, 1, async (area) => {
      const input = concatenateChannels(crop(scaled, area), crop(picture, area))
      const running = unet.run({ sample: input, timestep }, { signal })
      // Drawn while the network is busy.
      if (first) prepare()
      first = false
      const output = (await running).output as Tensor<'float32'>
      await options.check(output)
      options.onTile()
      return output
    })
    return collectRows(rows, height)
  }

  let latents = startFromNoise(plan, first)
  for await (const step of sample(plan, { initial: latents, model, noise, ...(signal && { signal }) })) {
    latents = step.sample
    options.onStep(step.index + 1, latents)
  }
  return latents
}

function scaleAll({ shape, data }: Tensor<'float32'>, factor: number): Tensor<'float32'> {
  return float32(
    shape,
    data.map((value) => value * factor),
  )
}
