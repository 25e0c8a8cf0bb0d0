import { createWebBackend, openModel } from '@latentkit/backend-web'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'

const side = 24
const picture = {
  width: side,
  height: side,
  channels: 3,
  data: Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 7 + Math.floor(i / (side * 3)) * 31) % 256),
}

async function enlarge(device, precision) {
  const backend = createWebBackend({ device, threads: 1 })
  try {
    const { adapter, halfPrecision } = await backend.report()
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
    const { images } = await pipeline.upscale(picture, { precision, steps: 3 })
    return { data: images[0].data, adapter, halfPrecision }
  } finally {
    await backend.dispose()
  }
}

async function compare() {
  const wasm = await enlarge('wasm', 'float32')
  const lines = []
  for (const precision of ['float32', 'float16']) {
    const { data, adapter, halfPrecision } = await enlarge('webgpu', precision)
    const differences = data.map((sample, i) => Math.abs(sample - wasm.data[i]))
    const mean = differences.reduce((sum, levels) => sum + levels, 0) / data.length
    const most = differences.reduce((a, b) => Math.max(a, b))
    lines.push(`| ${adapter || 'unnamed'} | ${halfPrecision} | ${precision} | ${mean.toFixed(4)} | ${most} |`)
  }
  return lines.join('\n')
}

const text = await compare().catch((error) => `failed: ${error.stack ?? error}`)
await fetch('/result', { method: 'POST', body: text })
