import { encodeSafetensors, readSafetensors } from '@latentkit/checkpoints'
import { CheckpointError, float32, memoryFile } from '@latentkit/core'
import { expect, test } from 'vitest'
import { prepareWeights } from './weight-source.ts'

const open = (name: string, tensor: string) =>
  readSafetensors(memoryFile(name, encodeSafetensors({ [tensor]: float32([1], [1]) })))

test('weights of several files are found by the files’ names, which have to differ', async () => {
  const [a, b, other] = [await open('a', 'x'), await open('b', 'y'), await open('a', 'y')]
  const both = { ...a, tensors: new Map([...a.tensors, ...b.tensors]) }
  expect(Object.keys((await prepareWeights(both)).files)).toEqual(['a', 'b'])
  const mixed = { ...a, tensors: new Map([...a.tensors, ...other.tensors]) }
  await expect(prepareWeights(mixed)).rejects.toThrow(CheckpointError)
  await expect(prepareWeights(mixed)).rejects.toThrow('a: is the name of two files with weights of one network.')
})
