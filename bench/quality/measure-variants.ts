import type { RasterImage } from '@latentkit/core'
import type { LDMSuperResolutionPipeline, UpscaleOptions } from '@latentkit/models-ldm'
import type { Sampling, Variant } from './variants.ts'

/**
 * Runs variants on one small picture. Latents are sampled once for all variants that sample alike; the others go on from
 * there, so that only decoding and finishing is done again.
 */
export async function measureVariants(
  pipeline: LDMSuperResolutionPipeline,
  small: RasterImage,
  variants: readonly Variant[],
): Promise<ReadonlyMap<Variant, RasterImage>> {
  const results = new Map<Variant, RasterImage>()
  const sampled = new Map<string, UpscaleOptions['state']>()
  for (const variant of variants) {
    const key = samplingKey(pipeline, variant.sampling)
    const state = sampled.get(key)
    const { images } = await pipeline.upscale(small, {
      ...variant.sampling,
      ...variant.finish,
      ...(state ? { state } : { onState: (reached) => void sampled.set(key, reached) }),
    })
    results.set(variant, images[0]!)
  }
  return results
}

function samplingKey({ defaults }: LDMSuperResolutionPipeline, sampling: Sampling): string {
  return JSON.stringify([sampling.steps ?? defaults.steps, sampling.eta ?? defaults.eta, sampling.scheduler ?? ''])
}
