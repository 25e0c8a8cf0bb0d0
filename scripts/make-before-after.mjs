// Makes docs/before-after.jpg: the small picture enlarged by bicubic interpolation, beside what latentkit makes of it.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './setup.mjs'

const sharp = createRequire(join(root, 'packages/backend-node/package.json'))('sharp')
const { createNodeBackend, openModel, readImage } = await import('../packages/backend-node/dist/index.js')
const { LDMSuperResolutionPipeline } = await import('../packages/models-ldm/dist/index.js')
const { modelFiles } = await import('../packages/ldm-sr-tiny/dist/index.js')
const { resizeImage } = await import('../packages/core/dist/index.js')

const small = await readImage(join(root, 'docs/coffee-small.png'))
const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), {
  backend: createNodeBackend(),
})
const large = (await pipeline.upscale(small, { seed: 0 })).images[0]
const crop = { left: 96, top: 24, width: 400, height: 360 }
const cells = [resizeImage(small, large, 'bicubic'), large].map(({ width, height, channels, data }) =>
  sharp(data, { raw: { width, height, channels } }).extract(crop).png().toBuffer(),
)
await sharp({ create: { width: 2 * crop.width + 8, height: crop.height, channels: 3, background: 'white' } })
  .composite((await Promise.all(cells)).map((input, i) => ({ input, left: i * (crop.width + 8), top: 0 })))
  .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
  .toFile(join(root, 'docs/before-after.jpg'))
