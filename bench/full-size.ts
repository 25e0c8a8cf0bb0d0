/**
 * pnpm --filter @latentkit-private/bench full-size [rounds] [side …]
 * The full-size architecture with random weights: time and memory to load, seconds for a step and for decoding, for every
 * way the weights can be handed over, in turn, each in a process of its own. Prints a table in Markdown.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { openCheckpoint } from '@latentkit/checkpoints'
import { createTorchGenerator, float32, readJson, type Session } from '@latentkit/core'
import {
  buildUNet2D,
  buildVQDecoder,
  createGraphSession,
  parseUNet2DConfig,
  parseVQConfig,
  prepareWeights,
} from '@latentkit/models-ldm'
import { type Graph, writeOnnx } from '@latentkit/onnx-graph'
import * as ort from 'onnxruntime-node'
import { type Container, makeFullSizeModel } from './full-size-model.ts'

const shared = process.env.LATENTKIT_SHARED ?? join(import.meta.dirname, '../../shared')
const folder = join(tmpdir(), 'latentkit-full-size')

/** How the weights reach the runtime. */
const ways: Record<string, { container: Container; saveMemory?: boolean; selfContained?: boolean }> = {
  'safetensors, mapped': { container: 'safetensors' },
  'safetensors, mapped, saveMemory': { container: 'safetensors', saveMemory: true },
  '.bin, mapped': { container: 'bin' },
  '.bin, mapped, saveMemory': { container: 'bin', saveMemory: true },
  '.pdparams, mapped': { container: 'pdparams' },
  '.pdparams, mapped, saveMemory': { container: 'pdparams', saveMemory: true },
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
else await compare(Number(process.argv[2] ?? 3), process.argv.slice(3).map(Number))

async function compare(rounds: number, sides: readonly number[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const container of ['safetensors', 'bin', 'pdparams'] as const)
    await makeFullSizeModel(folder, shared, container)
  console.log(`${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}, medians of ${rounds} rounds in turn\n`)
  for (const side of sides.length > 0 ? sides : [64]) {
    const results = new Map<string, Measured[]>(Object.keys(ways).map((way) => [way, []]))
    for (let round = 0; round < rounds; round++) {
      for (const [way, list] of results) {
        const args = ['--import', 'tsx', import.meta.filename, '--child', way, `${side}`]
        list.push(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 24 })))
      }
    }
    console.log(`Latents ${side}×${side}\n`)
    console.log('| weights | UNet load | private memory after load | mapped from file | step | decode | peak |')
    console.log('|---|---|---|---|---|---|---|')
    for (const [way, list] of results) {
      const median = (key: keyof Measured) =>
        list.map((one) => one[key]).sort((a, b) => a - b)[Math.floor(list.length / 2)]!
      const mib = (key: keyof Measured) => `${Math.round(median(key))} MiB`
      console.log(
        `| ${way} | ${Math.round(median('loadMs'))} ms | ${mib('privateMiB')} | ${mib('fileMiB')} | ${median('stepSeconds').toFixed(2)} s | ${median('decodeSeconds').toFixed(2)} s | ${mib('peakMiB')} |`,
      )
    }
    console.log()
  }
  if (!process.env.LATENTKIT_KEEP) await rm(folder, { recursive: true })
}

async function measure(way: string, side: number): Promise<Measured> {
  const { container, saveMemory = false, selfContained } = ways[way]!
  const files = await openModel(join(folder, container))
  const backend = createNodeBackend({ saveMemory })
  const unetConfig = parseUNet2DConfig(await readJson(files, 'unet/config.json'))
  const onnxPath = join(folder, `unet-${side}.onnx`)
  const shape = { batch: 1, height: side, width: side }
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
  const steps: number[] = []
  for (let i = 0; i < 3; i++) steps.push(await seconds(() => session.run(inputs)))

  const vqWeights = await prepareWeights(await openCheckpoint(files, 'vqvae'))
  const decoder = await createGraphSession(
    backend,
    buildVQDecoder(parseVQConfig(await readJson(files, 'vqvae/config.json')), vqWeights, shape),
    vqWeights,
  )
  const latents = generator.randn([1, 3, side, side])
  const decodeSeconds = await seconds(() => decoder.run({ latents }))
  await backend.dispose()
  return {
    loadMs,
    privateMiB: after.anon - before.anon,
    fileMiB: after.file - before.file,
    stepSeconds: steps.sort((a, b) => a - b)[1]!,
    decodeSeconds,
    peakMiB: memory().peak,
  }

  async function load() {
    const weights = await prepareWeights(await openCheckpoint(files, 'unet'))
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
  const status = readFileSync('/proc/self/status', 'utf8')
  const read = (key: string) => Number(status.match(new RegExp(`${key}:\\s+(\\d+)`))?.[1] ?? 0) / 1024
  return { anon: read('RssAnon'), file: read('RssFile'), peak: read('VmHWM') }
}
