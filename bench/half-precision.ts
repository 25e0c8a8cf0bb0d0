/**
 * pnpm --filter @latentkit-private/bench half-precision [device] [side]
 * What computing in halves changes on a device of onnxruntime-node (default cpu): the reference networks that models-ldm keeps
 * against diffusers' numbers, and the cat of ../shared/pictures, cut to side × side (at most 75, default 48), enlarged by the small model in
 * float32 and float16 in turn. Prints tables in Markdown. A software adapter with halves, Mesa 25 or later:
 * VK_DRIVER_FILES=lvp_icd.json pnpm --filter @latentkit-private/bench half-precision webgpu
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNodeBackend, type NodeDevice, openDiskFile, openModel, readImage } from '@latentkit/backend-node'
import { readSafetensors, readTensor, type TensorEntry } from '@latentkit/checkpoints'
import { type Backend, float32, rasterImage, type Tensor } from '@latentkit/core'
import { relativeDifference } from '@latentkit/core/testing'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import {
  buildUNet2D,
  buildVQDecoder,
  createGraphSession,
  LDMSuperResolutionPipeline,
  type Precision,
  parseUNet2DConfig,
  parseVQConfig,
  precisions,
  prepareWeights,
} from '@latentkit/models-ldm'
import { sharedFolder } from './shared-folder.ts'

const references = join(import.meta.dirname, '../packages/models-ldm/src/__fixtures__')
const shared = sharedFolder()
const [device = 'cpu', side = '48'] = process.argv.slice(2)
const onDevice = createNodeBackend({ device: device as NodeDevice })
/** Processors say that they have no halves: here they are asked all the same. */
const backend: Backend = {
  ...onDevice,
  capabilities: async () => ({ ...(await onDevice.capabilities()), dtypes: precisions }),
}

await compareNetworks()
await comparePictures(Number(side))
await backend.dispose()

async function compareNetworks(): Promise<void> {
  console.log(`| network, ${device} | ${precisions.join(' | ')} |\n|---|---|---|`)
  for (const name of (await readdir(references)).filter((entry) => /^(unet|vq)_/.test(entry))) {
    const differences: string[] = []
    for (const precision of precisions) differences.push((await difference(name, precision)).toExponential(1))
    console.log(`| ${name} | ${differences.join(' | ')} |`)
  }
}

/** Of the first recorded case, relative to the largest value. */
async function difference(name: string, precision: Precision): Promise<number> {
  const folder = join(references, name)
  const json = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))
  const { cases } = JSON.parse(await readFile(join(folder, 'cases.json'), 'utf8'))
  const open = async (file: string) => readSafetensors(await openDiskFile(join(folder, file)))
  const weights = await prepareWeights(await open('diffusion_pytorch_model.safetensors'))
  const { tensors } = await open('io.safetensors')
  const read = (key: string) => readTensor(tensors.get(`case0.${key}`) as TensorEntry<'float32'>)

  const isUNet = name.startsWith('unet')
  const inputs: Record<string, Tensor> = isUNet ? { sample: await read('sample') } : { latents: await read('latents') }
  const [batch, , height, width] = Object.values(inputs)[0]!.shape as [number, number, number, number]
  const { timestep } = cases[0]
  if (isUNet) inputs.timestep = float32([batch], Array.isArray(timestep) ? timestep : Array(batch).fill(timestep))
  const shape = { batch, height, width, precision }
  const graph = isUNet
    ? buildUNet2D(parseUNet2DConfig(json), weights, shape)
    : buildVQDecoder(parseVQConfig(json), weights, shape)
  const session = await createGraphSession(backend, graph, weights)
  const output = Object.values(await session.run(inputs))[0] as Tensor<'float32'>
  await session.dispose()
  return relativeDifference(output.data, (await read(isUNet ? 'output' : 'decode_force_not_quantize')).data)
}

async function comparePictures(side: number): Promise<void> {
  const cat = await readImage(join(shared, 'pictures/cat-lr.png'))
  const rows = Array.from({ length: side }, (_, y) => cat.data.slice(y * cat.width * 3, (y * cat.width + side) * 3))
  const picture = rasterImage(side, side, 3, Uint8Array.from(rows.flatMap((row) => [...row])))
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
  const [pictures, times] = [new Map<Precision, ArrayLike<number>>(), new Map<Precision, number>()]
  for (const precision of [...precisions, ...precisions]) {
    const start = performance.now()
    const { images } = await pipeline.upscale(picture, { precision, steps: 2 })
    times.set(precision, performance.now() - start)
    pictures.set(precision, images[0]!.data)
  }
  await pipeline.dispose()
  const [whole, half] = precisions.map((precision) => pictures.get(precision)!)
  const differences = Array.from(whole!, (sample, i) => Math.abs(sample - half![i]!))
  const mean = differences.reduce((sum, levels) => sum + levels, 0) / differences.length
  const most = differences.reduce((a, b) => Math.max(a, b))
  const ratio = times.get('float16')! / times.get('float32')!
  console.log(
    `\n| ${side}×${side}, two steps | mean difference, levels | most | time against float32 |\n|---|---|---|---|`,
  )
  console.log(`| ${device} | ${mean.toFixed(3)} | ${most} | ${ratio.toFixed(2)} |`)
}
