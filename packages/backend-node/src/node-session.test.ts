import type { Worker } from 'node:worker_threads'
// By its name, as users import it: the runtime's thread needs the built files.
import { createNodeBackend } from '@latentkit/backend-node'
import { float32 } from '@latentkit/core'
import { conformanceModels } from '@latentkit/onnx-graph/testing'
import { expect, test, vi } from 'vitest'

const affine = { name: 'affine', weights: {}, model: conformanceModels.affine }

test('of an input that is a part of a large array, that part is sent', async () => {
  let thread: Worker | undefined
  process.once('worker', (worker) => {
    thread = worker
  })
  const backend = createNodeBackend()
  const session = await backend.createSession(affine)
  const post = vi.spyOn(thread!, 'postMessage')
  const all = new Float32Array(1e6).fill(1)
  const { y } = await session.run({ x: float32([2, 3], all.subarray(10, 16)) })
  expect([...y!.data]).toEqual(Array(6).fill(3))
  const [message, ...transferred] = post.mock.calls[0]!
  expect(message.body.inputs.x.data.buffer.byteLength).toBe(24)
  expect(transferred).toEqual([])
  expect(all).toHaveLength(1e6)
  await backend.dispose()
})
