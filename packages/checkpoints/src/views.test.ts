import { CheckpointError, memoryFile } from '@latentkit/core'
import { expect, test } from 'vitest'
import { currentName, withCurrentNames } from './current-names.ts'
import { describeCheckpoint } from './describe-checkpoint.ts'
import { asMatrix, renamed, rowsOf, transposed } from './entry-views.ts'
import { joinedFile } from './joined-file.ts'
import { originOf } from './origin-of.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import { readTensor } from './read-tensor.ts'
import { fixture } from './shared-fixture.ts'
import { tensorEntry } from './tensor-entry.ts'
import type { TensorEntry } from './tensor-index.ts'

const file = memoryFile('w', new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i).buffer))
const entry = (shape: number[], strides?: number[]) =>
  tensorEntry({ name: 'a', dtype: 'float32', shape, strides, file, offset: 0 })
const values = async (of: TensorEntry) => [...(await readTensor(of)).data]

test('a matrix is transposed, and back again without a copy', async () => {
  const turned = transposed(entry([3, 4]))
  expect(turned).toMatchObject({ shape: [4, 3], inPlace: false })
  expect(await values(turned)).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
  expect(transposed(turned)).toEqual(entry([3, 4]))
  expect(transposed(entry([3, 4], [1, 3]))).toMatchObject({ shape: [4, 3], inPlace: true })
  expect(() => transposed(entry([12]))).toThrow('tensor "a" has shape [12], expected a matrix.')
})

test('a 1×1 convolution is a matrix', () => {
  expect(asMatrix(entry([3, 4, 1, 1]))).toEqual(entry([3, 4]))
  expect(asMatrix(entry([4, 3, 1], [1, 4, 1]))).toEqual(entry([4, 3], [1, 4]))
  expect(() => asMatrix(entry([3, 2, 2, 1]))).toThrow(CheckpointError)
  expect(() => asMatrix(entry([3]))).toThrow(CheckpointError)
  expect(asMatrix(entry([3, 4]))).toEqual(entry([3, 4]))
})

test('rows that follow one another are in place, others are joined when read', async () => {
  const run = rowsOf(entry([4, 3]), [[1, 3]])
  expect(run).toMatchObject({ shape: [2, 3], offset: 12, byteLength: 24, inPlace: true })
  const picked = rowsOf(entry([4, 3]), [
    [3, 4],
    [0, 1],
  ])
  expect(picked).toMatchObject({ shape: [2, 3], inPlace: false })
  expect(await values(picked)).toEqual([9, 10, 11, 0, 1, 2])
  expect(rowsOf(entry([0, 3]), [[0, 0]])).toMatchObject({ shape: [0, 3], byteLength: 0 })
  for (const range of [
    [3, 5],
    [-1, 2],
    [2, 1],
  ] as const)
    expect(() => rowsOf(entry([4, 3]), [[0, 1], range])).toThrow(CheckpointError)
  expect(() => rowsOf(entry([3, 4], [1, 3]), [[0, 1]])).toThrow(CheckpointError)
})

test('where values come from is told through all that is made of them', () => {
  const other = { ...file, name: 'v' }
  const straight = entry([4, 3])
  const picked = rowsOf(straight, [
    [3, 4],
    [0, 1],
  ])
  const both = joinedFile('j', [
    { file: other, offset: 4, byteLength: 8 },
    { file, offset: 0, byteLength: 4 },
  ])
  const joined = tensorEntry({ name: 'b', dtype: 'float32', shape: [3], file: both, offset: 0 })
  const { files, recipe } = originOf([picked, joined, straight])
  expect(files).toEqual([file, other])
  expect(JSON.parse(recipe)).toEqual([
    [
      'a',
      'float32',
      [2, 3],
      null,
      [
        'joined',
        24,
        [
          [0, 36, 12],
          [0, 0, 12],
        ],
      ],
      0,
    ],
    [
      'b',
      'float32',
      [3],
      null,
      [
        'joined',
        12,
        [
          [1, 4, 8],
          [0, 0, 4],
        ],
      ],
      0,
    ],
    ['a', 'float32', [4, 3], null, 0, 0],
  ])
  expect(originOf([entry([3, 4], [1, 3])]).recipe).toBe('[["a","float32",[3,4],[1,3],0,0]]')
})

test('a joined file reads only the parts it needs', async () => {
  const asked: number[][] = []
  const watched = {
    ...file,
    read: (offset: number, length: number) => {
      asked.push([offset, length])
      return file.read(offset, length)
    },
  }
  const joined = joinedFile('j', [
    { file: watched, offset: 40, byteLength: 8 },
    { file: watched, offset: 0, byteLength: 0 },
    { file: watched, offset: 8, byteLength: 16 },
  ])
  expect(joined.size).toBe(24)
  expect([...new Float32Array((await joined.read(4, 12)).slice().buffer)]).toEqual([11, 2, 3])
  expect(asked).toEqual([
    [44, 4],
    [8, 8],
  ])
})

test('names of old attentions become current ones, others stay', () => {
  expect(currentName('mid_block.attentions.0.proj_attn.bias')).toBe('mid_block.attentions.0.to_out.0.bias')
  expect(currentName('mid_block.attentions.10.key.weight')).toBe('mid_block.attentions.10.to_k.weight')
  expect(currentName('mid_block.attentions.0.to_q.weight')).toBe('mid_block.attentions.0.to_q.weight')
  expect(currentName('other.key.weight')).toBe('other.key.weight')
  const index = { name: 'w', format: 'torch-zip', linearLayout: 'output-input', metadata: {} } as const
  const old = 'attentions.0.query.bias'
  const { tensors } = withCurrentNames({ ...index, tensors: new Map([[old, renamed(entry([12]), old)]]) })
  expect([...tensors]).toEqual([['attentions.0.to_q.bias', renamed(entry([12]), 'attentions.0.to_q.bias')]])
})

test('a description is plain data', async () => {
  const description = describeCheckpoint(await readCheckpoint(fixture('odd_tensors/odd.zip.pt')))
  expect(JSON.parse(JSON.stringify(description))).toEqual(description)
  expect(description).toMatchObject({
    name: 'odd_tensors/odd.zip.pt',
    format: 'torch-zip',
    linearLayout: 'output-input',
    dtypes: { float32: 12, bfloat16: 1, bool: 1 },
  })
  expect(description.tensors[0]).toEqual({
    name: 'f32',
    dtype: 'float32',
    shape: [4, 6],
    file: 'odd_tensors/odd.zip.pt',
    offset: expect.any(Number),
    byteLength: 96,
    inPlace: true,
  })
})

test.each([
  ['nothing', '', 'begins with nothing. Expected safetensors'],
  ['a pointer of git', 'version https://git-lfs.github.com/spec/v1', 'run "git lfs pull"'],
  ['a web page', '<!DOCTYPE html>', 'begins with 3c 21'],
])('refuses %s', async (_, text, message) => {
  await expect(readCheckpoint(memoryFile('w', new TextEncoder().encode(text)))).rejects.toThrow(message)
})
