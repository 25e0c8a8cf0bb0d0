import { expect, test } from 'vitest'
import { memoryFile, memoryFiles } from './memory-files.ts'

test('files in memory are listed in order and read in parts', async () => {
  const files = memoryFiles('model', { 'b.bin': Uint8Array.of(1, 2, 3), 'a.json': '{"ä": 1}' })
  expect(await files.list!()).toEqual(['a.json', 'b.bin'])
  const [json, bytes] = [await files.open('a.json'), await files.open('b.bin')]
  expect([json.name, json.size, bytes.size]).toEqual(['a.json', 9, 3])
  expect(new TextDecoder().decode(await json.read(0, json.size))).toBe('{"ä": 1}')
  expect(await bytes.read(1, 2)).toEqual(Uint8Array.of(2, 3))
  expect(await bytes.read(3, 0)).toEqual(new Uint8Array())
})

test('what is asked beside a file is told', async () => {
  const file = memoryFile('a', new Uint8Array(3))
  await expect(file.read(2, 2)).rejects.toThrow('a: bytes 2 to 4 asked of 3.')
  await expect(file.read(2, -1)).rejects.toThrow('a: bytes 2 to 1 asked of 3.')
})
