/**
 * pnpm --filter @latentkit-private/bench back-projection
 * How far pictures of the small model, reduced again, agree with the small pictures, for several counts of iterations, on the
 * two photographs of ../shared/pictures; and what an iteration takes for 128×128. Prints tables in Markdown.
 */
import { join } from 'node:path'
import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import { createTorchGenerator, resizeImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { buildCorrection, createGraphSession, LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { sharedFolder } from './shared-folder.ts'

const shared = sharedFolder()
const counts = [1, 2, 4, 8, 16]
const backend = createNodeBackend()
const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })

console.log('| picture | iterations | samples more than a level off | most | PSNR |\n|---|---|---|---|---|')
for (const name of ['cat', 'coffee']) {
  const small = await readImage(join(shared, `pictures/${name}-lr.png`))
  const original = await readImage(join(shared, `pictures/${name}-hr.png`))
  for (const backProjection of counts) {
    const image = (await pipeline.upscale(small, { backProjection })).images[0]!
    const reduced = resizeImage(image, small, 'bicubic').data
    const off = Array.from(reduced, (sample, i) => Math.abs(sample - small.data[i]!))
    let squares = 0
    for (let i = 0; i < image.data.length; i++) squares += (image.data[i]! - original.data[i]!) ** 2
    const share = (100 * off.filter((levels) => levels > 1).length) / off.length
    const most = off.reduce((a, b) => Math.max(a, b))
    const psnr = 10 * Math.log10(255 ** 2 / (squares / image.data.length))
    console.log(`| ${name} | ${backProjection} | ${share.toFixed(3)} % | ${most} levels | ${psnr.toFixed(2)} dB |`)
  }
}

console.log('\n| iterations | least time for 128×128 |\n|---|---|')
const random = createTorchGenerator(0)
const inputs = { small: random.randn([1, 3, 128, 128]), large: random.randn([1, 3, 512, 512]) }
for (const iterations of counts) {
  const options = { batch: 1, height: 128, width: 128, scale: 4, wavelet: false, iterations }
  const session = await createGraphSession(backend, buildCorrection(options))
  const times: number[] = []
  for (let run = 0; run < 10; run++) {
    const start = performance.now()
    await session.run(inputs)
    times.push(performance.now() - start)
  }
  await session.dispose()
  console.log(`| ${iterations} | ${Math.min(...times).toFixed(0)} ms |`)
}
await backend.dispose()
