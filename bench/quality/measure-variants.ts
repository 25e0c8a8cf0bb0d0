import type { RasterImage } from '@latentkit/core'
import type { LDMSuperResolutionPipeline, UpscaleOptions } from '@latentkit/models-ldm'
import { type Figures, measure } from './metrics.ts'
import type { Sampling, Variant } from './variants.ts'

/** One variant on one picture. */
export interface Measured extends Figures {
  readonly image: RasterImage
}

/**
 * Runs variants on one small picture. Latents are sampled once for all variants that sample alike; the others go on from
 * there, so that only decoding and finishing is done again.
 */
export async function measureVariants(
  pipeline: LDMSuperResolutionPipeline,
  small: RasterImage,
  original: RasterImage,
  variants: readonly Variant[],
): Promise<ReadonlyMap<Variant, Measured>> {
  const results = new Map<Variant, Measured>()
  const sampled = new Map<string, UpscaleOptions['state']>()
  for (const variant of variants) {
    const key = samplingKey(pipeline, variant.sampling)
    const state = sampled.get(key)
    const { images } = await pipeline.upscale(small, {
      ...variant.sampling,
      ...variant.finish,
      ...(state ? { state } : { onState: (reached) => void sampled.set(key, reached) }),
    })
    const image = images[0]!
    results.set(variant, { ...measure(image, original), image })
  }
  return results
}

function samplingKey({ defaults }: LDMSuperResolutionPipeline, sampling: Sampling): string {
  return JSON.stringify([sampling.steps ?? defaults.steps, sampling.eta ?? defaults.eta, sampling.scheduler ?? ''])
}
