import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import { resizeImage } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import { expect, test } from 'vitest'
import { LDMSuperResolutionPipeline } from './ldm-super-resolution.ts'

const isWanted = process.env.LATENTKIT_PRETRAINED === '1'
if (!isWanted)
  process.stderr.write('skipped: the published weights (676 MB) are fetched with LATENTKIT_PRETRAINED=1 only\n')

/** `HF_ENDPOINT` names a mirror, for the picture as for the model. */
const hub = process.env.HF_ENDPOINT?.replace(/\/+$/, '') || 'https://huggingface.co'
const picture = `${hub}/datasets/hf-internal-testing/diffusers-images/resolve/main/vq_diffusion/teddy_bear_pool.png`

async function fetchPicture(): Promise<Uint8Array> {
  const response = await fetch(picture)
  if (!response.ok) throw new Error(`${picture}: the server answered ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

/** Blue, lower right corner, as diffusers' own nightly test of the published weights states it. */
const published = [0.7644, 0.7679, 0.7642, 0.7633, 0.7666, 0.756, 0.7425, 0.7257, 0.6907]

// Fetches 676 MB once; for people with a connection: LATENTKIT_PRETRAINED=1 npm test
test.runIf(isWanted)(
  'the published checkpoint gives the picture that diffusers tests for',
  async () => {
    const backend = createNodeBackend()
    const files = await openModel('CompVis/ldm-super-resolution-4x-openimages')
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
    const original = await readImage(await fetchPicture())
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
