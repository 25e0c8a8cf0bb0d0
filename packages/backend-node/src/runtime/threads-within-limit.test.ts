import { execFile } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { processorsOfQuota, threadsWithinLimit } from './threads-within-limit.ts'

test.each([
  ['of a container with two of sixteen', 2, 16, 2],
  ['without a limit', 16, 16, undefined],
  ['of a system that does not tell its processors', 4, 0, undefined],
] as const)('threads %s processors', (_, allowed, present, expected) => {
  expect(threadsWithinLimit({ allowed, present })).toBe(expected)
})

test.each([
  ['200000 100000\n', 2],
  ['250000 100000\n', 2],
  ['50000 100000\n', 1],
  ['max 100000\n', Number.POSITIVE_INFINITY],
  ['', Number.POSITIVE_INFINITY],
] as const)('a quota of %j', (text, processors) => {
  expect(processorsOfQuota(text)).toBe(processors)
})

/** Prints how many threads a process on one processor has with a session that was made with these options. */
const program = `
  import { readdirSync } from 'node:fs'
  import { createNodeBackend } from '@latentkit/backend-node'
  import { conformanceModels } from '@latentkit/onnx-graph/testing'
  const backend = createNodeBackend(JSON.parse(process.argv[1]))
  await backend.createSession({ name: 'any', weights: {}, model: () => conformanceModels.affine() })
  console.log(readdirSync('/proc/self/task').length)
  await backend.dispose()
`

// Under a limit already, nobody knows which processor is allowed.
const canLimit = process.platform === 'linux' && cpus().length > 1 && availableParallelism() === cpus().length

test.skipIf(!canLimit)('on one processor the runtime has one thread', async () => {
  const count = async (options: object) => {
    const words = ['-c', '0', process.execPath, '--input-type=module', '-e', program, JSON.stringify(options)]
    return Number((await promisify(execFile)('taskset', words, { cwd: import.meta.dirname })).stdout)
  }
  expect(await count({})).toBe(await count({ threads: 1 }))
  expect(await count({ threads: 3 })).toBe((await count({ threads: 1 })) + 2)
})
