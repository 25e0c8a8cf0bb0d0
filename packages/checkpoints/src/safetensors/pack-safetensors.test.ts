import { CheckpointError, float32, memoryFile, tensor } from '@latentkit/core'
import { expect, test } from 'vitest'
import { transposed } from '../entry-views.ts'
import { readCheckpoint } from '../read-checkpoint.ts'
import { readTensor } from '../read-tensor.ts'
import type { TensorEntry } from '../tensor-index.ts'

import { encodeSafetensors } from './encode-safetensors.ts'
import { type PackedTensors, packSafetensors } from './pack-safetensors.ts'
import { readSafetensors } from './read-safetensors.ts'

async function bytesOf(packed: PackedTensors): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  await packed.make(async (bytes) => void parts.push(bytes.slice()))
  const bytes = Buffer.concat(parts)
  expect(packed.size).toBe(bytes.length)
  return new Uint8Array(bytes)
}

const tensors = {
  'to_q.weight': float32([2, 2], [1, 2, 3, 4]),
  'conv.weight': tensor('float16', [3], Uint16Array.of(0x3c00, 0, 0xc000)),
}

test('an index is packed as the file that it was read from', async () => {
  for (const format of ['pd', 'pt']) {
    const file = encodeSafetensors(tensors, { format, note: 'ä' })
    const index = await readSafetensors(memoryFile('a.safetensors', file))
    const bytes = await bytesOf(packSafetensors(index.tensors.values(), index.metadata))
    expect(bytes).toEqual(file)
    const { linearLayout } = await readCheckpoint(memoryFile('b.safetensors', bytes))
    expect(linearLayout).toBe(format === 'pd' ? 'input-output' : 'output-input')
  }
})

test('what does not lie row-major is brought into order', async () => {
  const index = await readSafetensors(memoryFile('a', encodeSafetensors(tensors)))
  const packed = packSafetensors([transposed(index.tensors.get('to_q.weight')!)])
  const again = await readSafetensors(memoryFile('b', await bytesOf(packed)))
  expect(await readTensor(again.tensors.get('to_q.weight')!)).toEqual(float32([2, 2], [1, 3, 2, 4]))
})

test('elements that cannot be read are refused before anything is written', () => {
  const entry: TensorEntry = {
    name: 'x',
    dtype: 'float8_e4m3fn',
    shape: [1],
    file: memoryFile('a', new Uint8Array(1)),
    offset: 0,
    byteLength: 1,
    inPlace: true,
  }
  expect(() => packSafetensors([entry])).toThrow(CheckpointError)
})
