import { expect, test } from 'vitest'
import { availableMemory } from './available-memory.ts'

const gib = 2 ** 30

test.each([
  ['of a container within a machine', 'linux', 2 * gib, 0, 2 * gib],
  ['of a container that is full of files', 'linux', 0, 3 * gib, 3 * gib],
  ['of a machine whose container could have more', 'linux', 64 * gib, 0, 10 * gib],
  ['of a machine without a container', 'linux', 10 * gib, 5 * gib, 10 * gib],
  ['that is free, where Node says no more', 'linux', undefined, 0, 10 * gib],
  ['that macOS would free', 'darwin', 0.2 * gib, 0, 16 * gib],
  ['that macOS has free, where it is more than half', 'darwin', 20 * gib, 0, 20 * gib],
] as const)('the memory %s', (_, platform, available, cached, expected) => {
  expect(availableMemory({ platform, total: 32 * gib, free: 10 * gib, available, cached })).toBe(expected)
})

test('this system has some', () => {
  expect(availableMemory()).toBeGreaterThan(0)
})
