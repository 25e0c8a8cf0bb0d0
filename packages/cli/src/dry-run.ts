import type { Size } from '@latentkit/core'
import type { EstimateOptions } from '@latentkit/models-ldm'
import type { Job } from './find-jobs.ts'
import { formatBytes, formatSeconds } from './progress-display.ts'
import type { SourcePicture } from './source-picture.ts'
import { pipelineOptions, type UpscaleOneOptions } from './upscale-one.ts'
import type { Upscaler } from './upscaler.ts'

/** What would be done, as `--dry-run --json` prints it. */
export interface PlannedPicture extends Job, Size {
  readonly from: Size
  readonly tiles: number
  /** Sides of a tile. */
  readonly tile: Size
  readonly steps: number
  readonly unetCalls: number
  readonly decoderCalls: number
  readonly memoryBytes: number
  readonly seconds: number
}

/**
 * Tells what making a picture would take, from a timed call of each network on a small tile.
 * @param estimate `timings`: of the pictures before
 */
export async function planOne(
  { pipeline }: Upscaler,
  job: Job,
  { image }: SourcePicture,
  options: UpscaleOneOptions,
  estimate: EstimateOptions,
): Promise<PlannedPicture> {
  const plan = await pipeline.plan(image, pipelineOptions(options, job.seed, image))
  const { width, height, tiles, stages, grid, memoryBytes, settings } = plan
  return {
    ...job,
    from: { width: image.width, height: image.height },
    width,
    height,
    tiles,
    tile: { width: grid.columns.tile, height: grid.rows.tile },
    steps: settings.steps,
    unetCalls: stages * tiles,
    decoderCalls: tiles,
    memoryBytes,
    seconds: await pipeline.estimateSeconds(plan, estimate),
  }
}

/** A plan in words, as lines. */
export function describePlan(plan: PlannedPicture): readonly string[] {
  const { input, output, from, width, height, tiles, tile, steps, unetCalls, decoderCalls, memoryBytes, seconds } = plan
  const size = (sides: Size) => `${sides.width}×${sides.height}`
  const parts = tiles === 1 ? 'in one piece' : `in ${tiles} tiles of ${size(tile)}`
  return [
    `${input} → ${output}`,
    `  ${size(from)} → ${size({ width, height })} pixels ${parts}`,
    `  ${steps} steps: ${unetCalls} calls of the UNet, ${decoderCalls} of the decoder`,
    `  about ${formatBytes(memoryBytes)} of memory beside the weights, about ${formatSeconds(seconds)}`,
  ]
}
