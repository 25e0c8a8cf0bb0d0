/**
 * node-decoder MODEL_FOLDER RESULTS SIDE DEVICE …
 * The decoder of the full-size VQ model on devices of onnxruntime-node in turn; differences are to the first device.
 */
import { createNodeBackend, type NodeDevice, openModel } from '@latentkit/backend-node'
import { openCheckpoint } from '@latentkit/checkpoints'
import { createTorchGenerator, readJson, type Tensor } from '@latentkit/core'
import { relativeDifference } from '@latentkit/core/testing'
import { buildVQDecoder, createGraphSession, parseVQConfig, prepareWeights } from '@latentkit/models-ldm'
import { report, secondsOf, timeSteps } from './timing.ts'

const [folder, results, sideText, ...devices] = process.argv.slice(2) as [string, string, string, ...NodeDevice[]]
const side = Number(sideText)
const files = await openModel(folder)
const weights = await prepareWeights(await openCheckpoint(files, 'vqvae'))
const config = parseVQConfig(await readJson(files, 'vqvae/config.json'))
const graph = buildVQDecoder(config, weights, { batch: 1, height: side, width: side })
const latents = createTorchGenerator(0).randn([1, 3, side, side])
let reference: Tensor<'float32'> | undefined

for (const device of devices) {
  const backend = createNodeBackend({ device })
  try {
    const session = await createGraphSession(backend, graph, weights)
    let image: Tensor<'float32'> | undefined
    const decode = async () => {
      image = Object.values(await session.run({ latents }))[0] as Tensor<'float32'>
    }
    const firstStepSeconds = await secondsOf(decode)
    // One more is enough for the processor, whose time is known from elsewhere.
    const timing = device === 'cpu' ? { stepSeconds: await secondsOf(decode) } : await timeSteps(decode)
    reference ??= image!
    const difference = relativeDifference(image!.data, reference.data)
    report(results, { part: 'decoder', device, side, firstStepSeconds, ...timing, difference })
  } catch (error) {
    report(results, { part: 'decoder', device, side, error: String(error) })
  }
  await backend.dispose()
}
