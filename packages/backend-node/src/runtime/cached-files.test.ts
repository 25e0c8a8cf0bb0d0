import { expect, test } from 'vitest'
import { cachedFiles } from './cached-files.ts'

const version1 = `cache 900
inactive_file 100
active_file 20
total_cache 9000
total_inactive_file 1000
total_active_file 200
`
const version2 = 'anon 5\nfile 900\ninactive_anon 7\nactive_anon 8\ninactive_file 300\nactive_file 40\n'

test.each([
  ['of version 2', '0::/\n', '/sys/fs/cgroup/memory.stat', version2, 340],
  [
    'of version 2 by its name',
    '0::/user.slice/a.scope\n',
    '/sys/fs/cgroup/user.slice/a.scope/memory.stat',
    version2,
    340,
  ],
  ['of version 1', '9:cpu,cpuacct:/a\n4:memory:/a\n0::/\n', '/sys/fs/cgroup/memory/a/memory.stat', version1, 1200],
  ['of version 1 that hides its name', '4:memory:/docker/a\n', '/sys/fs/cgroup/memory/memory.stat', version1, 1200],
  ['that nothing is told of', '0::/\n', '/elsewhere', version2, 0],
  ['that there is none of', '', '/sys/fs/cgroup/memory.stat', version2, 0],
])('a control group %s', (_, groups, place, statistics, expected) => {
  const files = new Map([
    ['/proc/self/cgroup', groups],
    [place, statistics],
  ])
  expect(cachedFiles((path) => files.get(path))).toBe(expected)
})

test('this system has some or none', () => {
  expect(cachedFiles()).toBeGreaterThanOrEqual(0)
})
