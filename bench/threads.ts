/**
 * pnpm --filter @latentkit-private/bench threads [rounds] [times]
 * What it costs when the runtime takes more threads than there are processors for it, as it does in a container that may use
 * some of a machine's, and when threads without work keep a processor busy while they wait for some, as they do by the
 * runtime's own choice: upscales with as many threads as processors, with `times` as many, and with waits of several lengths,
 * in turn. Load the machine by other work to see what that adds.
 */
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { openModel, readImage } from '@latentkit/backend-node'
import { type Backend, tensor, valueInfo } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import * as ort from 'onnxruntime-node'

ort.env.logLevel = 'error'
const rounds = Number(process.argv[2] ?? 7)
const times = Number(process.argv[3] ?? 8)
const picture = await readImage(join(import.meta.dirname, '../docs/coffee-small.png'))
const files = await openModel(modelFiles)
const few = availableParallelism()
const ways = [
  [few, 'the runtime’s own', {}],
  [few, 'none', { intra_op: { allow_spinning: '0' } }],
  ...[50, 200, 500].map((time) => [few, `${time} µs`, { intra_op: { spin_duration_us: `${time}` } }] as const),
  [times * few, 'the runtime’s own', {}],
  [times * few, 'none', { intra_op: { allow_spinning: '0' } }],
  [times * few, '200 µs', { intra_op: { spin_duration_us: '200' } }],
] as const
const measured = await Promise.all(
  ways.map(async ([threads, wait, session]) => {
    const backend = createBackend(threads, session)
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
    await pipeline.upscale(picture)
    return { threads, wait, pipeline, seconds: [] as number[], processor: [] as number[] }
  }),
)
for (let round = 0; round < rounds; round++) {
  for (const { pipeline, seconds, processor } of measured) {
    const [before, start] = [process.cpuUsage(), performance.now()]
    await pipeline.upscale(picture)
    seconds.push((performance.now() - start) / 1000)
    const { user, system } = process.cpuUsage(before)
    processor.push((user + system) / 1e6)
  }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const first = median(measured[0]!.seconds)
console.log(
  `${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}, ${rounds} rounds\n`,
)
console.log('| threads | busy waiting | least, seconds | median | ratio of medians | processor time |')
console.log('| --- | --- | --- | --- | --- | --- |')
for (const { threads, wait, seconds, processor } of measured) {
  const cells = [Math.min(...seconds), median(seconds), median(seconds) / first, median(processor)]
  console.log(`| ${threads} | ${wait} | ${cells.map((value) => value.toFixed(2)).join(' | ')} |`)
}

/** onnxruntime-node on this thread, with what our own backend does not let anybody choose. */
function createBackend(threads: number, session: object): Backend {
  return {
    name: 'onnxruntime-node',
    capabilities: async () => ({
      runtime: 'onnxruntime-node',
      device: 'cpu',
      dtypes: ['float32'],
      availableMemory: () => undefined,
    }),
    async createSession({ weights, model }) {
      const locations = Object.fromEntries(Object.keys(weights ?? {}).map((key, i) => [key, `weights-${i}`]))
      const externalData = await Promise.all(
        Object.entries(weights ?? {}).map(async ([key, file]) => ({
          path: locations[key]!,
          data: await file.read(0, file.size),
        })),
      )
      const made = await ort.InferenceSession.create(model(locations), {
        intraOpNumThreads: threads,
        enableMemPattern: false,
        externalData,
        extra: { session },
      })
      return {
        inputs: made.inputMetadata.map(valueInfo),
        outputs: made.outputMetadata.map(valueInfo),
        async run(inputs) {
          const feeds = Object.entries(inputs).map(([name, { dtype, data, shape }]) => [
            name,
            new ort.Tensor(dtype as 'float32', data as Float32Array, [...shape]),
          ])
          const results = await made.run(Object.fromEntries(feeds))
          return Object.fromEntries(
            Object.entries(results).map(([name, { type, dims, data }]) => [
              name,
              tensor(type as 'float32', dims, data as never),
            ]),
          )
        },
        dispose: () => made.release(),
      }
    },
    dispose: async () => {},
  }
}
