/**
 * pnpm --filter @latentkit-private/bench full-size [rounds] [side] [word of a way …]
 * The full-size architecture with random weights: time and memory to load, seconds for a step and for decoding, for every
 * way the weights can be handed over (or those whose names have one of the words), in turn, each in a process of its own.
 * Prints a table in Markdown: the least of all rounds, since other work can only add.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { fromCompVis, openCheckpoint, readCheckpoint } from '@latentkit/checkpoints'
import { createTorchGenerator, float32, readJson, type Session } from '@latentkit/core'
import {
  buildUNet2D,
  buildVQDecoder,
  createGraphSession,
  type InputShape,
  parseUNet2DConfig,
  parseVQConfig,
  prepareWeights,
} from '@latentkit/models-ldm'
import { type Graph, writeOnnx } from '@latentkit/onnx-graph'
import * as ort from 'onnxruntime-node'
import { type Container, makeFullSizeModel } from './full-size-model.ts'
import { sharedFolder } from './shared-folder.ts'

const shared = sharedFolder()
const folder = join(tmpdir(), 'latentkit-full-size')

/** How the weights reach the runtime. */
interface Way {
  readonly container: Container
  readonly saveMemory?: boolean
  readonly selfContained?: boolean
  /** Convolutions by Winograd's way. */
  readonly winograd?: boolean
  /** What to do with copies of weights that cannot be used in place. Default: keep them, as `openModel` does. */
  readonly copies?: 'in memory' | 'made anew'
}

const ways: Record<string, Way> = {
  'safetensors, mapped': { container: 'safetensors' },
  'safetensors, mapped, Winograd': { container: 'safetensors', winograd: true },
  'safetensors, mapped, saveMemory': { container: 'safetensors', saveMemory: true },
  '.bin, mapped': { container: 'bin' },
  '.bin, mapped, saveMemory': { container: 'bin', saveMemory: true },
  '.pdparams, mapped': { container: 'pdparams' },
  '.pdparams, mapped, saveMemory': { container: 'pdparams', saveMemory: true },
  '.ckpt of CompVis, mapped': { container: 'ckpt' },
  '.ckpt of CompVis, mapped, saveMemory': { container: 'ckpt', saveMemory: true },
  '.pdparams of protocol 2, copied in memory': { container: 'pdparams2', copies: 'in memory', saveMemory: true },
  '.pdparams of protocol 2, copied to disk': { container: 'pdparams2', copies: 'made anew', saveMemory: true },
  '.pdparams of protocol 2, copy kept on disk, saveMemory': { container: 'pdparams2', saveMemory: true },
  'half precision, mapped, saveMemory': { container: 'fp16', saveMemory: true },
  'one self-contained .onnx, onnxruntime alone': { container: 'safetensors', selfContained: true },
}

interface Measured {
  readonly loadMs: number
  readonly privateMiB: number
  readonly fileMiB: number
  readonly stepSeconds: number
  readonly decodeSeconds: number
  readonly peakMiB: number
}

// For the session that this file makes itself; backends see to it on their own.
process.env.ORT_DISABLE_TELEMETRY = '1'

if (process.argv[2] === '--child') console.log(JSON.stringify(await measure(process.argv[3]!, Number(process.argv[4]))))
else await compare(Number(process.argv[2] ?? 3), Number(process.argv[3] ?? 64), process.argv.slice(4))

async function compare(rounds: number, side: number, words: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  const chosen = Object.entries(ways).filter(([way]) => words.length === 0 || words.some((word) => way.includes(word)))
  for (const [, { container }] of chosen) await makeFullSizeModel(folder, shared, container)
  console.log(
    `${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}, ${rounds} rounds in turn, latents ${side}×${side}\n`,
  )
  const results = new Map<string, Measured[]>(chosen.map(([way]) => [way, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [way, list] of results) {
      const args = ['--import', 'tsx', '--expose-gc', import.meta.filename, '--child', way, `${side}`]
      const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') }
      list.push(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 24, env })))
      console.error(way, JSON.stringify(list.at(-1)))
    }
  }
  console.log(
    '| weights | UNet load | private memory after load | mapped from file after a step | step | decode | peak |',
  )
  console.log('|---|---|---|---|---|---|---|')
  for (const [way, list] of results) {
    const least = (key: keyof Measured) => Math.min(...list.map((one) => one[key]))
    const mib = (key: keyof Measured) => `${Math.round(least(key))} MiB`
    console.log(
      `| ${way} | ${Math.round(least('loadMs'))} ms | ${mib('privateMiB')} | ${mib('fileMiB')} | ${least('stepSeconds').toFixed(2)} s | ${least('decodeSeconds').toFixed(2)} s | ${mib('peakMiB')} |`,
    )
  }
  if (!process.env.LATENTKIT_KEEP) await rm(folder, { recursive: true })
}

async function measure(way: string, side: number): Promise<Measured> {
  const { container, saveMemory = false, selfContained, winograd, copies } = ways[way]!
  if (copies === 'made anew') await rm(join(folder, 'cache'), { recursive: true, force: true })
  const files = await openModel(join(folder, container, container === 'ckpt' ? 'model.ckpt' : ''))
  const configs = await openModel(join(shared, 'facts/configs/hf'))
  const backend = createNodeBackend({ saveMemory })
  const unetConfig = parseUNet2DConfig(await readJson(configs, 'unet/config.json'))
  const onnxPath = join(folder, `unet-${side}.onnx`)
  const shape: InputShape = { batch: 1, height: side, width: side, convolutions: winograd ? 'winograd' : 'direct' }
  if (selfContained && !existsSync(onnxPath)) {
    const weights = await prepareWeights(await openCheckpoint(files, 'unet'))
    const graph = buildUNet2D(unetConfig, weights, shape)
    const held: Graph = {
      ...graph,
      initializers: await Promise.all(
        graph.initializers.map(async (one) =>
          'location' in one.data
            ? {
                ...one,
                data: (await weights.files[one.data.location]!.read(one.data.offset, one.data.byteLength)).slice(),
              }
            : one,
        ),
      ),
    }
    writeFileSync(onnxPath, writeOnnx(held))
  }

  // The thread and the runtime are there before the clock starts.
  const tiny = await import('@latentkit/onnx-graph/testing')
  await (await backend.createSession({ name: 'warm', weights: {}, model: tiny.conformanceModels.affine })).dispose()
  globalThis.gc?.()
  const before = memory()
  const start = performance.now()
  const session = selfContained ? await openDirectly(onnxPath) : await load()
  const loadMs = performance.now() - start
  const after = memory()

  const generator = createTorchGenerator(0)
  const inputs = { sample: generator.randn([1, 6, side, side]), timestep: float32([1], [500]) }
  await session.run(inputs)
  // Pages of the mapped file come when they are used.
  const used = memory()
  const steps: number[] = []
  for (let i = 0; i < 2; i++) steps.push(await seconds(() => session.run(inputs)))

  const vqWeights = await weightsOf('vqvae')
  const decoder = await createGraphSession(
    backend,
    buildVQDecoder(parseVQConfig(await readJson(configs, 'vqvae/config.json')), vqWeights, shape),
    vqWeights,
  )
  const latents = generator.randn([1, 3, side, side])
  const decodeSeconds = await seconds(() => decoder.run({ latents }))
  await backend.dispose()
  return {
    loadMs,
    privateMiB: after.anon - before.anon,
    fileMiB: used.file - before.file,
    stepSeconds: Math.min(...steps),
    decodeSeconds,
    peakMiB: memory().peak,
  }

  async function weightsOf(part: 'unet' | 'vqvae') {
    const checkpoint =
      container === 'ckpt'
        ? fromCompVis(await readCheckpoint(await files.open('model.ckpt')), { part, attentionHeadDim: 32 })
        : await openCheckpoint(files, part)
    return prepareWeights(checkpoint, copies === 'in memory' ? undefined : files)
  }

  async function load() {
    const weights = await weightsOf('unet')
    return createGraphSession(backend, buildUNet2D(unetConfig, weights, shape), weights)
  }
}

/** onnxruntime by itself, in this thread, from a file's path: what a user of an exported model would write. */
async function openDirectly(path: string): Promise<Pick<Session, 'run'>> {
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4 })
  return {
    async run(inputs) {
      const feeds = Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        new ort.Tensor('float32', data as Float32Array, shape),
      ])
      await session.run(Object.fromEntries(feeds))
      return {}
    },
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Resident memory of this process in MiB, as Linux tells it. */
function memory(): { readonly anon: number; readonly file: number; readonly peak: number } {
  const read = (file: string, key: string) =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/self/${file}`, 'utf8'))![1]) / 1024
  const anon = read('smaps_rollup', 'Anonymous')
  return { anon, file: read('smaps_rollup', 'Rss') - anon, peak: read('status', 'VmHWM') }
}
