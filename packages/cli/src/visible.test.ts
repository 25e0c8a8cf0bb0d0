import { expect, test } from 'vitest'
import { visible, visibleJSON } from './visible.ts'

test('control characters are shown, line breaks among them; all else stays', () => {
  expect(visible('a\x1b[2J\x00\t\r\nb\x7f\x9bc')).toBe('a\\x1b[2J\\x00\\x09\\x0d\\x0ab\\x7f\\x9bc')
  for (const plain of ['größer 大 ×4 …', '\u00a0', 'back\\slash']) expect(visible(plain)).toBe(plain)
})

test('JSON that shows them says the same', () => {
  const value = { 'a\x1b\x9b': ['\x7f\n', 5n] }
  const text = visibleJSON(value)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  expect(JSON.parse(text)).toEqual({ 'a\x1b\x9b': ['\x7f\n', '5'] })
})
