import { execFile } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { quotaProcessors, threadsWithinLimit } from './threads-within-limit.ts'

test.each([
  ['of a container with two of sixteen', 2, 16, 2],
  ['without a limit', 16, 16, undefined],
  ['of a system that does not tell its processors', 4, 0, undefined],
] as const)('threads %s processors', (_, allowed, present, expected) => {
  expect(threadsWithinLimit({ allowed, present })).toBe(expected)
})

const unlimited = Number.POSITIVE_INFINITY
const root = '/sys/fs/cgroup'
test.each([
  ['two', '0::/\n', { 'cpu.max': '200000 100000\n' }, 2],
  ['two and a half', '0::/\n', { 'cpu.max': '250000 100000\n' }, 2],
  ['a half', '0::/\n', { 'cpu.max': '50000 100000\n' }, 1],
  ['any number', '0::/\n', { 'cpu.max': 'max 100000\n' }, unlimited],
  ['any number of a machine', '0::/\n', {}, unlimited],
  ['any number where there are no groups', '', { 'cpu.max': '200000 100000\n' }, unlimited],
  ['three as a service', '0::/a.slice/b.service\n', { 'a.slice/b.service/cpu.max': '300000 100000\n' }, 3],
  [
    'two as a service among others with two together',
    '0::/a.slice/b.service\n',
    { 'a.slice/b.service/cpu.max': 'max 100000\n', 'a.slice/cpu.max': '200000 100000\n' },
    2,
  ],
  [
    'two by version 1',
    '3:cpu,cpuacct:/docker/a\n2:memory:/b\n0::/c\n',
    { 'cpu/cpu.cfs_quota_us': '200000\n', 'cpu/cpu.cfs_period_us': '100000\n' },
    2,
  ],
  [
    'any number by version 1',
    '3:cpuset:/a\n2:cpu:/\n',
    { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' },
    unlimited,
  ],
])('a quota of %s', (_, groups, files, processors) => {
  const texts = new Map(Object.entries(files).map(([name, text]) => [`${root}/${name}`, text]))
  texts.set('/proc/self/cgroup', groups)
  expect(quotaProcessors((path) => texts.get(path))).toBe(processors)
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
