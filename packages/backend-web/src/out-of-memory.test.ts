// By its name, as users import it: the worker needs the built files.
import { createWebBackend } from '@latentkit/backend-web'
import { float32, type SessionSource, zeros } from '@latentkit/core'
import { createGraphBuilder, writeOnnx } from '@latentkit/onnx-graph'
import { conformanceModels } from '@latentkit/onnx-graph/testing'
import { expect, test } from 'vitest'

const shape = [1, 108, 64, 64]

/** `x` → every pixel that often in both directions, then that often again, …; `x` has 1.7 MiB. */
function enlarging(...factors: readonly number[]): SessionSource {
  const model = () => {
    const graph = createGraphBuilder('too large')
    const x = graph.input('x', 'float32', shape)
    graph.output(
      'y',
      factors.reduce((value, factor) => graph.upsampleNearest(value, factor), x),
    )
    return writeOnnx(graph.finish())
  }
  return { name: 'too large', weights: {}, model }
}

test.each([
  ['wasm', 'than is left', [16, 3]],
  ['wasm', 'than its numbers can count', [48, 2]],
  ['webgpu', 'than a buffer holds', [30]],
  ['webgpu', 'than its numbers can count', [48, 2]],
] as const)('on %s a run that needs more memory %s says so, and others work afterwards', async (device, _, factors) => {
  const backend = createWebBackend({ device })
  const large = await backend.createSession(enlarging(...factors))
  const error = await large.run({ x: zeros('float32', shape) }).catch((error) => error)
  expect(error).toMatchObject({ code: 'backend', outOfMemory: true })
  expect(error.message).toMatch(/memory ran out/)
  const small = await backend.createSession({ name: 'affine', weights: {}, model: conformanceModels.affine })
  const { y } = await small.run({ x: float32([2, 3], [1, 2, 3, 4, 5, 6]) })
  expect([...y!.data]).toEqual([3, 5, 7, 9, 11, 13])
  await backend.dispose()
})
