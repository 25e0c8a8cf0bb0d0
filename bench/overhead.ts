/**
 * pnpm --filter @latentkit-private/bench overhead [rounds]
 * What share of a default upscale, after load, is spent outside the runtime's own `run` calls.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import { type Backend, zeros } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { createGraphBuilder, writeOnnx } from '@latentkit/onnx-graph'

const rounds = Number(process.argv[2] ?? 5)
const picture = await readImage(new Uint8Array(readFileSync(join(import.meta.dirname, '../docs/coffee-small.png'))))
const inner = createNodeBackend()
let inside = 0

/** The same backend, with a clock around the calls. It still counts the way to the runtime's thread and back. */
const timed: Backend = {
  ...inner,
  async createSession(source, options) {
    const session = await inner.createSession(source, options)
    return {
      ...session,
      async run(inputs, runOptions) {
        const start = performance.now()
        const outputs = await session.run(inputs, runOptions)
        inside += performance.now() - start
        return outputs
      },
    }
  },
}

const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend: timed })
const plain = (await pipeline.upscale(picture)).settings
const shares: number[] = []
const totals: number[] = []
for (let round = 0; round < rounds; round++) {
  inside = 0
  const start = performance.now()
  await pipeline.upscale(picture)
  const total = performance.now() - start
  shares.push(1 - inside / total)
  totals.push(total)
}
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
// The same tensors through graphs that do next to nothing: what the way to the runtime's thread and back costs.
const shape = [1, 3, picture.height, picture.width]
const small = await idleRun([1, 6, ...shape.slice(2)], shape)
const large = await idleRun(shape, [1, 3, 4 * picture.height, 4 * picture.width])
console.log(
  `thread and back: ${small.toFixed(2)} ms a step, ${large.toFixed(2)} ms for the picture, ${(small * plain.steps + large).toFixed(1)} ms in all`,
)
console.log(
  `${picture.width}×${picture.height}, default settings, ${rounds} rounds: median ${median(totals).toFixed(0)} ms, of it outside run: ${(100 * median(shares)).toFixed(2)} %`,
)
await inner.dispose()

async function idleRun(from: number[], to: number[]): Promise<number> {
  const graph = createGraphBuilder('idle')
  const x = graph.input('x', 'float32', from)
  graph.output('y', from[1] === to[1] ? graph.upsampleNearest(x, 4) : graph.slice(x, 1, 0, 3))
  const model = writeOnnx(graph.finish())
  const session = await inner.createSession({ name: 'idle', weights: {}, model: () => model })
  const times: number[] = []
  for (let i = 0; i < 30; i++) {
    const start = performance.now()
    await session.run({ x: zeros('float32', from) })
    times.push(performance.now() - start)
  }
  return median(times)
}
