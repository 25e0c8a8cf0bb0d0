import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
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

test('a session that is asked for during a run is withdrawn', async () => {
  const backend = createNodeBackend()
  const busy = await backend.createSession({ name: 'busy', weights: {}, model: () => conformanceModels.busy(60) })
  let done = false
  const running = busy.run({ x: float32([1, 1], [3]) }).then(() => {
    done = true
  })
  const controller = new AbortController()
  const made = backend.createSession(affine, { signal: controller.signal })
  controller.abort(new Error('stop'))
  await expect(made).rejects.toThrow('stop')
  expect(done).toBe(false)
  await running
  await backend.dispose()
})

// onnxruntime, ended during a run, aborts the process; Node 20 warns of more than ten listeners.
test('runs that were withdrawn neither end the thread early nor print anything', async () => {
  const script = `
    import { createNodeBackend } from '@latentkit/backend-node'
    import { conformanceModels } from '@latentkit/onnx-graph/testing'
    const backend = createNodeBackend()
    const session = await backend.createSession({ name: 'busy', weights: {}, model: () => conformanceModels.busy(60) })
    const x = { dtype: 'float32', shape: [1, 1], data: Float32Array.of(3) }
    const running = session.run({ x })
    const controller = new AbortController()
    const waiting = Array.from({ length: 12 }, () => session.run({ x }, { signal: controller.signal }))
    const told = Promise.all(waiting.map((run) => run.catch(({ message }) => message)))
    controller.abort(new Error('stop'))
    console.log((await told).join())
    await backend.dispose()
    console.log((await running).y.data.join())`
  const options = { cwd: import.meta.dirname, timeout: 30_000 }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
  expect(stdout).toBe(`${Array(12).fill('stop')}\n3\n`)
  expect(stderr).toBe('')
})
