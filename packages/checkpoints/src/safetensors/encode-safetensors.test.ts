import { float32, memoryFile, tensor } from '@latentkit/core'
import { expect, test } from 'vitest'
import { readTensor } from '../read-tensor.ts'
import { encodeSafetensors } from './encode-safetensors.ts'
import { readSafetensors } from './read-safetensors.ts'

test('what was encoded is read back, in its order', async () => {
  const tensors = {
    'b.ü': float32([2, 1], [1.5, -2]),
    empty: float32([0, 3], []),
    a: tensor('int64', [3], BigInt64Array.of(1n, -(2n ** 60n), 0n)),
    bits: tensor('bool', [3], Uint8Array.of(1, 0, 1)),
  }
  const bytes = encodeSafetensors(tensors, { note: 'é "quoted"' })
  const index = await readSafetensors(memoryFile('f', bytes))
  expect(index.metadata).toEqual({ note: 'é "quoted"' })
  expect([...index.tensors.keys()]).toEqual(Object.keys(tensors))
  for (const [name, value] of Object.entries(tensors)) {
    const entry = index.tensors.get(name)!
    expect(await readTensor(entry as never)).toEqual(value)
  }
  expect(index.tensors.get('b.ü')!.offset % 8).toBe(0)
})

test('a part of a larger array is encoded, not the array', async () => {
  const large = Float32Array.of(1, 2, 3, 4)
  const bytes = encodeSafetensors({ part: float32([2], large.subarray(1, 3)) })
  const index = await readSafetensors(memoryFile('f', bytes))
  expect((await readTensor(index.tensors.get('part') as never)).data).toEqual(Float32Array.of(2, 3))
})
