import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import { resizeImage } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import { expect, test } from 'vitest'
import { LDMSuperResolutionPipeline } from './ldm-super-resolution.ts'

const picture =
  'https://huggingface.co/datasets/hf-internal-testing/diffusers-images/resolve/main/vq_diffusion/teddy_bear_pool.png'

/** Blue, lower right corner, as diffusers' own nightly test of the published weights states it. */
const published = [0.7644, 0.7679, 0.7642, 0.7633, 0.7666, 0.756, 0.7425, 0.7257, 0.6907]

// Fetches 676 MB once; for people with a connection: LATENTKIT_PRETRAINED=1 npm test
test.runIf(process.env.LATENTKIT_PRETRAINED === '1')(
  'the published checkpoint gives the picture that diffusers tests for',
  async () => {
    const backend = createNodeBackend()
    const files = await openModel('CompVis/ldm-super-resolution-4x-openimages')
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
    const original = await readImage(new Uint8Array(await (await fetch(picture)).arrayBuffer()))
    const small = resizeImage(original, { width: 64, height: 64 }, 'lanczos')
    const { images } = await pipeline.upscale(small, { seed: 0, steps: 20, eta: 0, colour: 'none' })
    const { data, width, height } = images[0]!
    const corner = published.map(
      (_, i) => data[((height - 3 + Math.floor(i / 3)) * width + width - 3 + (i % 3)) * 3 + 2]! / 255,
    )
    expect(largestDifference(corner, published)).toBeLessThan(1e-2)
    await backend.dispose()
  },
  3_600_000,
)
