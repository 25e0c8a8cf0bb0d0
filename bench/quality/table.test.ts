import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Figures } from './metrics.ts'
import { formatTable, replaceTable } from './table.ts'

const figures = (psnr: number, shift: [number, number, number], off = 0): Figures => {
  return { psnr, ssim: 0.5, gmsd: 0.125, shift, off }
}

test('means over the pictures of each set, and over all of them the colours and what is off', () => {
  const sets = new Map([
    ['a', [figures(20, [1, 0, 0]), figures(22, [-1, 0, -3], 0.03)]],
    ['b', [figures(30, [1, 0, 0])]],
  ])
  expect(
    formatTable([{ name: 'model', sets }], ['a', 'b'], true)
      .split('\n')
      .at(-1),
  ).toMatch(
    /^\| model \| 21\.00 \/ \.500 \/ \.1250 \| 30\.00 \/ \.500 \/ \.1250 \| 1\.00, 0\.00, 1\.00 +\| 3\.00 +\| 1\.00 % +\| 1 of 3 +\|$/,
  )
})

test('a set that was not measured', () => {
  expect(formatTable([{ name: 'x', sets: new Map() }], ['a'])).toContain('| –   |')
})

test('a table goes between its markers and nowhere else', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'latentkit-table-')), 'page.md')
  writeFileSync(path, 'a\n<!-- table x -->\nold\n<!-- end -->\nb\n<!-- table y -->\nkept\n<!-- end -->\n')
  replaceTable(path, 'x', 'new')
  expect(readFileSync(path, 'utf8')).toBe(
    'a\n<!-- table x -->\n\nnew\n\n<!-- end -->\nb\n<!-- table y -->\nkept\n<!-- end -->\n',
  )
  expect(() => replaceTable(path, 'z', 'new')).toThrow('needs the lines <!-- table z -->')
  rmSync(dirname(path), { recursive: true })
})
