/**
 * pnpm --filter @latentkit-private/bench winograd [networks]
 * Time of Winograd's way as a share of the direct way, by onnxruntime's own profile (the least of each kernel's times, summed):
 * single convolutions of several sizes, or with `networks` the UNet and the decoder of the full-size architecture for latents
 * of 64×64. Prints tables in Markdown.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { openModel } from '@latentkit/backend-node'
import { openCheckpoint } from '@latentkit/checkpoints'
import { createTorchGenerator, readJson } from '@latentkit/core'
import {
  buildUNet2D,
  buildVQDecoder,
  convolutionMethods,
  type InputShape,
  parseUNet2DConfig,
  parseVQConfig,
  prepareWeights,
} from '@latentkit/models-ldm'
import { createGraphBuilder, type Graph, writeOnnx } from '@latentkit/onnx-graph'
import * as ort from 'onnxruntime-node'
import { winogradConvolution } from '../packages/models-ldm/src/layers/winograd.ts'
import { makeFullSizeModel } from './full-size-model.ts'
import { sharedFolder } from './shared-folder.ts'

process.env.ORT_DISABLE_TELEMETRY = '1'
const shared = sharedFolder()
const random = createTorchGenerator(0)

/** Channels in, channels out, side. */
const layers = [
  [48, 48, 128],
  [128, 128, 256],
  [256, 128, 256],
  [160, 160, 64],
  [320, 320, 32],
  [640, 640, 16],
] as const

if (process.argv.includes('networks')) await compareNetworks()
else await compareLayers()

async function compareLayers(): Promise<void> {
  console.log('| in × out, side | direct | Winograd | share |\n|---|---|---|---|')
  for (const [channels, output, side] of layers) {
    const build = (way: (typeof convolutionMethods)[number]) => {
      const graph = createGraphBuilder(way)
      const x = graph.input('x', 'float32', [1, channels, side, side])
      const weight = graph.constant(random.randn([output, channels, 3, 3]))
      const bias = graph.constant(random.randn([output]))
      // An operator on either side, as in a network: without them the runtime lays the values out in other ways.
      const before = graph.sigmoid(x)
      const result =
        way === 'direct'
          ? graph.convolution(before, weight, { padding: 1, bias })
          : graph.add(winogradConvolution(graph, before, weight), graph.reshape(bias, [1, output, 1, 1]))
      graph.output('y', graph.sigmoid(result))
      return graph.finish()
    }
    const [direct, winograd] = [await profile(build('direct')), await profile(build('winograd'))]
    tell(`${channels}×${output}, ${side}`, direct, winograd)
  }
}

async function compareNetworks(): Promise<void> {
  const folder = join(tmpdir(), 'latentkit-full-size')
  await makeFullSizeModel(folder, shared, 'safetensors')
  const files = await openModel(join(folder, 'safetensors'))
  const configs = await openModel(join(shared, 'facts/configs/hf'))
  const unet = parseUNet2DConfig(await readJson(configs, 'unet/config.json'))
  const vqvae = parseVQConfig(await readJson(configs, 'vqvae/config.json'))
  console.log('| network | direct | Winograd | share |\n|---|---|---|---|')
  for (const part of ['unet', 'vqvae'] as const) {
    const weights = await prepareWeights(await openCheckpoint(files, part))
    const paths = Object.fromEntries(Object.entries(weights.files).map(([key, file]) => [key, file.localPath!]))
    const times: number[] = []
    for (const convolutions of convolutionMethods) {
      const shape: InputShape = { batch: 1, height: 64, width: 64, convolutions }
      const graph = part === 'unet' ? buildUNet2D(unet, weights, shape) : buildVQDecoder(vqvae, weights, shape)
      times.push(await profile(graph, paths))
    }
    tell(part, times[0]!, times[1]!)
  }
}

function tell(name: string, direct: number, winograd: number): void {
  const milliseconds = (time: number) => `${time.toFixed(1)} ms`
  console.log(`| ${name} | ${milliseconds(direct)} | ${milliseconds(winograd)} | ${(winograd / direct).toFixed(2)} |`)
}

/** Milliseconds of one run: the sum of what each kernel takes at least, but for the two that frame a single layer. */
async function profile(graph: Graph, weights: Readonly<Record<string, string>> = {}): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-profile-'))
  const weightsFolder = dirname(Object.values(weights)[0] ?? folder)
  const locations = Object.fromEntries(
    Object.entries(weights).map(([key, path]) => [key, relative(weightsFolder, path)]),
  )
  const session = await ort.InferenceSession.create(writeOnnx(graph, locations), {
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
    logSeverityLevel: 4,
    enableMemPattern: false,
    extra: { session: { model_external_initializers_file_folder_path: weightsFolder } },
  })
  const feeds: Record<string, ort.Tensor> = {}
  for (const { name, shape } of graph.inputs)
    feeds[name] = new ort.Tensor('float32', random.randn(shape).data, [...shape])
  for (let run = 0; run < 6; run++) await session.run(feeds)
  session.endProfiling()
  await session.release()
  const [file] = await readdir(folder)
  const events = JSON.parse(await readFile(join(folder, file!), 'utf8')) as { name: string; cat: string; dur: number }[]
  await rm(folder, { recursive: true })
  const least = new Map<string, number>()
  for (const { name, cat, dur } of events) {
    if (cat === 'Node' && name.endsWith('_kernel_time') && !name.startsWith('Sigmoid'))
      least.set(name, Math.min(dur, least.get(name) ?? dur))
  }
  return [...least.values()].reduce((sum, time) => sum + time, 0) / 1000
}
