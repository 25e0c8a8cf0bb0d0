import { expect, test } from 'vitest'
import { memoryFiles } from './memory-files.ts'
import { readJson } from './read-json.ts'

const read = (text: string) => readJson(memoryFiles('model', { 'config.json': text }), 'config.json')

test('Python’s bare words for numbers that are not finite are read as strings, words in strings are left alone', async () => {
  expect(await read('{"a": -Infinity, "b": [NaN, 1], "c": "is NaN or \\"Infinity\\""}')).toEqual({
    a: '-Infinity',
    b: ['NaN', 1],
    c: 'is NaN or "Infinity"',
  })
})

test('what is no JSON object is refused by name', async () => {
  await expect(read('{')).rejects.toThrow(/^model\/config\.json: is not JSON\. [^"].*[^"]$/)
  for (const text of ['[1]', 'null', '1', '"{}"'])
    await expect(read(text)).rejects.toThrow('model/config.json: holds no JSON object.')
  await expect(readJson(memoryFiles('model', {}), 'unet/config.json')).rejects.toThrow(
    'model/unet/config.json: no such file.',
  )
})

test('a string that nobody ends is refused at once, however many quotes it has', async () => {
  const started = performance.now()
  for (const end of ['', '\\', '\\\n']) {
    await expect(read(`{"a": "${'\\"'.repeat(500_000)}${end}`)).rejects.toThrow('is not JSON')
  }
  // Seconds are far from it: it took hours.
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('a file that is too large for a configuration is not read', async () => {
  const padded = (size: number) => read(`{}${' '.repeat(size - 2)}`)
  expect(await padded(4 * 2 ** 20)).toEqual({})
  await expect(padded(4 * 2 ** 20 + 1)).rejects.toThrow(
    'model/config.json: 4194305 bytes are too many for a configuration.',
  )
})
