import { createWebBackend, openModel } from '@latentkit/backend-web'
import { type RasterImage, rasterImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { expect, test } from 'vitest'
import { commands } from 'vitest/browser'
import { receiveImage, sendImage } from './__fixtures__/base64.ts'

/** 10 steps of DDIM with the small model, as issue and README promise them; eta 0 keeps no noise that would hide errors. */
const options = { steps: 10, eta: 0, seed: 7, scheduler: 'ddim' }

// The software adapter takes about 40 s even for 8×8 pixels, most of it to compile shaders.
test.each([
  { device: 'wasm', side: 32, levels: 2 },
  { device: 'webgpu', side: 8, levels: 4 },
] as const)(
  'on $device 99.9 % of the samples are within $levels levels of Node’s CPU',
  async ({ device, side, levels }) => {
    const small = picture(side, side - 3)
    const backend = createWebBackend({ device })
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
    const here = (await pipeline.upscale(small, options)).images[0]!
    await backend.dispose()
    const inNode = receiveImage(await commands.upscaleInNode(sendImage(small), options))
    expect({ ...here, data: 0 }).toEqual({ ...inNode, data: 0 })
    const far = here.data.filter((value, i) => Math.abs(value - inNode.data[i]!) > levels).length
    expect(far / here.data.length).toBeLessThanOrEqual(0.001)
  },
  240_000,
)

/** Smooth colours, a disc and a few thin lines. */
function picture(width: number, height: number): RasterImage {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const disc = Math.hypot(x - width / 2, y - height / 2) < width / 3 ? 90 : 0
      const line = (x + 2 * y) % 11 === 0 ? 60 : 0
      data.set([x * 4 + disc, y * 5 + line, 200 - x * 2 - disc], (y * width + x) * 3)
    }
  }
  return rasterImage(width, height, 3, data)
}
