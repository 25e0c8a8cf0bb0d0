import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const systems = [
  /linux.*-x?64$/,
  /linux.*-arm64$/,
  /darwin-x?64$/,
  /darwin-arm64$/,
  /win(32|dows)-x?64$/,
  /win(32|dows)-arm64$/,
]

// An install on one system may leave out what others need: then set-up fails there, and only there.
test('the lock file has the tools’ binaries for every system', () => {
  const lock = readFileSync(new URL('../pnpm-lock.yaml', import.meta.url), 'utf8')
  const packages = lock.slice(lock.indexOf('\nsnapshots:')).split(/\n(?= {2}\S)/)
  const withBinaries = packages.flatMap((entry) => {
    const [head, optional = ''] = entry.split('optionalDependencies:')
    const names = [...optional.matchAll(/^ {6}'?([^\s:']+)/gm)].map(([, name]) => name.replace(/-(gnu|musl|msvc)$/, ''))
    return names.some((name) => /linux/.test(name)) && !/linux/.test(head) ? [[head.trim(), names]] : []
  })
  expect(withBinaries.length).toBeGreaterThan(3)
  for (const [head, names] of withBinaries) {
    for (const system of systems)
      expect(
        names.some((name) => system.test(name)),
        `${head} ${system}`,
      ).toBe(true)
  }
})
