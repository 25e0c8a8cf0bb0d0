import { afterEach, expect, test, vi } from 'vitest'
import { shellWord } from './shell-word.ts'

afterEach(() => vi.unstubAllGlobals())

test('what shells would read otherwise is quoted, or left out', () => {
  const words = (platform: string, ...texts: readonly string[]) => {
    vi.stubGlobal('process', Object.create(process, { platform: { value: platform } }))
    return texts.map(shellWord)
  }
  expect(words('linux', 'models/größe-4x.v2', 'https://a.test/b', 'a b', '$(reboot) `x`', '~x', "it's")).toEqual([
    'models/größe-4x.v2',
    'https://a.test/b',
    "'a b'",
    "'$(reboot) `x`'",
    "'~x'",
    undefined,
  ])
  expect(words('win32', 'C:\\my models\\x', '%PATH%', 'a"&b')).toEqual(['"C:\\my models\\x"', undefined, undefined])
  expect(words('win32', 'C:\\my models\\')).toEqual([undefined])
  for (const odd of ['a\nb', 'a\x1b[2Jb', 'a\u202eb', '--debug', '', 'x'.repeat(2000)])
    expect(words('linux', odd)).toEqual([undefined])
})
