import { type ModelFiles, memoryFile } from '@latentkit/core'
import { expect, test } from 'vitest'
import { createReceipt, watchWeights } from './receipt.ts'

test('a receipt is plain JSON, whatever the seed', () => {
  const receipt = createReceipt({
    software: 'test 1',
    runtime: 'none',
    device: 'cpu',
    model: { name: 'm', weights: {} },
    picture: { sha256: '00' },
    settings: {
      steps: 2,
      eta: 0,
      backProjection: 0,
      colour: 'none',
      seed: 2n ** 63n,
      scheduler: 'DDIMScheduler',
      tile: 64,
      convolutions: 'direct',
      precision: 'float32',
    },
    size: { width: 3, height: 4 },
  })
  expect(receipt.settings).toMatchObject({ seed: '9223372036854775808', size: { width: 3, height: 4 } })
  expect(JSON.parse(JSON.stringify(receipt))).toEqual(receipt)
})

test('weights that were opened are hashed once, in the order of their names; configurations are not', async () => {
  class Model implements ModelFiles {
    readonly name = 'm'
    readonly #paths = ['b.safetensors', 'a.safetensors', 'c.safetensors', 'config.json']
    list = async () => this.#paths
    async open(path: string) {
      return memoryFile(path, new Uint8Array([path.length]))
    }
    async derive() {
      return memoryFile(this.#paths[0]!, new Uint8Array(1))
    }
    async dispose() {}
  }
  const asked: string[] = []
  const { files, hashes } = watchWeights(new Model(), async ({ name }) => {
    asked.push(name)
    return `hash of ${name}`
  })
  for (const path of ['b.safetensors', 'config.json', 'a.safetensors']) await files.open(path)
  expect((await files.derive()).name).toBe('b.safetensors')
  const expected = { 'a.safetensors': 'hash of a.safetensors', 'b.safetensors': 'hash of b.safetensors' }
  expect(await hashes()).toEqual(expected)
  expect(await hashes()).toEqual(expected)
  expect(asked).toEqual(['a.safetensors', 'b.safetensors'])
})
