import {
  createTorchGenerator,
  float32,
  InvalidArgumentError,
  type Session,
  sameShape,
  type Tensor,
} from '@latentkit/core'
import {
  type DenoisingModel,
  type NoiseSource,
  type RunState,
  repeatDraws,
  type SampleStep,
  type SamplingPlan,
  sample,
  startFromNoise,
} from '@latentkit/schedulers'
import { requireFiniteArgument } from './check-finite.ts'
import { concatenateChannels } from './concatenate-channels.ts'
import { type Area, crop } from './crop.ts'
import { createDrawAhead } from './draw-ahead.ts'
import { collectRows, runTiles } from './run-tiles.ts'
import type { TileGrid } from './tile-grid.ts'
import type { TileLadder } from './tile-ladder.ts'

/** What denoising is made of. */
export interface DenoiseOptions {
  readonly plan: SamplingPlan
  readonly tiles: TileLadder
  /** The UNet, for inputs of the grid's tiles. */
  openUNet(grid: TileGrid): Promise<Session>
  /** The small picture, `[n, 3, h, w]`. */
  readonly small: Tensor<'float32'>
  /** Channels of the latents. */
  readonly channels: number
  readonly seed: number | bigint
  /** Unit noise to begin with; drawn from the seed otherwise. */
  readonly latents?: Tensor<'float32'> | undefined
  readonly noise?: NoiseSource | undefined
  readonly compat?: 'diffusers' | undefined
  /** Where an earlier run was cut off. */
  readonly state?: RunState | undefined
  readonly signal?: AbortSignal | undefined
  /** Sees every output of the network. */
  check(output: Tensor<'float32'>): Promise<void>
  /** @param tile Counted from 1 in each step, and again where a step is begun anew in smaller ones. */
  onTile(tile: number): void
  onStep(step: SampleStep): Promise<void>
}

/**
 * Denoises latents of the size of the small picture. Noise is drawn for the whole picture; at every step the network sees
 * it tile by tile, and its answers are blended before the step is taken (Bar-Tal et al. 2023, "MultiDiffusion").
 */
export async function denoise(options: DenoiseOptions): Promise<Tensor<'float32'>> {
  const { plan, tiles, small, state, signal } = options
  const [batch, , height, width] = small.shape as [number, number, number, number]
  const shape = [batch, options.channels, height, width]
  const generator = createTorchGenerator(options.seed)
  const first = options.latents ?? generator.randn(shape)
  requireFiniteArgument('latents', first)
  if (!sameShape(first.shape, shape)) {
    throw new InvalidArgumentError({ argument: 'latents', value: first.shape, expected: `the shape [${shape}]` })
  }
  for (const tensor of Object.values(state?.tensors ?? {})) requireFiniteArgument('state', tensor)
  const source: NoiseSource = (wanted, interval) => {
    if (!options.noise) return generator.randn(wanted)
    const drawn = options.noise(wanted, interval)
    requireFiniteArgument('noise', drawn)
    return drawn
  }
  if (state) repeatDraws(plan, state.stages, shape, source)
  const { noise, prepare } = createDrawAhead(plan, shape, source, state?.stages)

  const model: DenoisingModel = (scaled, time, { inputScale }) => {
    const timestep = float32([batch], Array<number>(batch).fill(time))
    const picture = options.compat === 'diffusers' ? scaleAll(small, inputScale) : small
    let first = true
    /** Drawn while the network is busy. */
    async function drawMeanwhile(running: Promise<unknown>): Promise<void> {
      if (!first) return
      first = false
      try {
        prepare()
      } catch (error) {
        await running.catch(() => undefined)
        throw error
      }
    }
    const ask = (unet: Session) => {
      let tile = 0
      return async (area: Area) => {
        const input = concatenateChannels(crop(scaled, area), crop(picture, area))
        const running = unet.run({ sample: input, timestep }, { signal })
        await drawMeanwhile(running)
        const output = (await running).output as Tensor<'float32'>
        await options.check(output)
        options.onTile(++tile)
        return output
      }
    }
    return tiles.run(async (grid) => collectRows(runTiles(grid, 1, ask(await options.openUNet(grid))), height))
  }

  const initial = startFromNoise(plan, first)
  let latents = state?.tensors.sample ?? initial
  for await (const step of sample(plan, {
    initial,
    model,
    noise,
    ...(state && { state }),
    ...(signal && { signal }),
  })) {
    latents = step.sample
    await options.onStep(step)
  }
  return latents
}

function scaleAll({ shape, data }: Tensor<'float32'>, factor: number): Tensor<'float32'> {
  return float32(
    shape,
    data.map((value) => value * factor),
  )
}
