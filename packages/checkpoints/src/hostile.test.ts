import { LatentkitError, memoryFile } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import { measure, mostBytes, mostSeconds } from './bounds-fixture.ts'
import { bytesOf, littleEndian, type PicklePart, write } from './pickle/pickle-fixture.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import { readTensor } from './read-tensor.ts'
import { safetensorsBytes } from './safetensors/write-safetensors-fixture.ts'
import { joinParts } from './sparse-fixture.ts'
import type { TensorIndex } from './tensor-index.ts'
import { torchLegacyParts, torchZipParts } from './torch/write-torch-fixture.ts'
import { zipBytes } from './zip/write-zip-fixture.ts'

const u32 = (value: number) => littleEndian(value, 4)
/** The same opcodes many times. */
const times = (count: number, ...parts: PicklePart[]) => joinParts(Array<Uint8Array>(count).fill(bytesOf(parts)))
const each = (count: number, part: (i: number) => PicklePart) =>
  joinParts(Array.from({ length: count }, (_, i) => bytesOf(part(i))))
/** A pickle of parts that may be long. */
const pickle = (...parts: (PicklePart | Uint8Array)[]) =>
  joinParts([
    bytesOf(0x80, 4),
    ...parts.map((part) => (part instanceof Uint8Array ? part : bytesOf(part))),
    bytesOf('.'),
  ])
const json = (head: string, part: string | ((i: number) => string), tail: string) => {
  const room = 3_950_000 - head.length - tail.length
  const text = typeof part === 'string' ? part.repeat(Math.floor(room / part.length)) : ''
  const made =
    typeof part === 'string'
      ? text
      : Array.from({ length: Math.floor(room / part(0).length) }, (_, i) => part(i)).join('')
  return safetensorsBytes(head + made + tail, 4)
}

/** Reads a file's index within the bounds that hold for any file. */
async function readBounded(bytes: Uint8Array): Promise<TensorIndex | LatentkitError> {
  let result: TensorIndex | Error | undefined
  const taken = await measure(async () => {
    result = await readCheckpoint(memoryFile('w', bytes)).catch((error: Error) => error)
  })
  expect(taken.seconds).toBeLessThan(mostSeconds)
  expect(taken.bytes).toBeLessThan(mostBytes)
  if (result instanceof Error && !LatentkitError.isInstance(result)) throw result
  return result!
}

const most = 290_000
const pickles: [name: string, pickle: Uint8Array, message: string][] = [
  ['a list in itself, and much beside', pickle([']q', 0, '(h', 0], times(most, 'N'), 'e'), 'more than 100000 values'],
  [
    'a dict in itself, and much beside',
    pickle(
      ['}q', 0, '(K', 0, 'h', 0],
      each(most / 2, (i) => ['J', u32(i), 'N']),
      'u',
    ),
    'more than 100000 values',
  ],
  [
    'dicts without names many times over',
    pickle(['}q', 0, '('], times(140_000, 'NN'), 'u0](', times(5000, 'h', 0), 'e'),
    'more than 100000 values',
  ],
  ['lists in lists', pickle(times(most / 2, ']'), times(most / 2 - 1, 'a')), 'holds no'],
  [
    'pairs of pairs',
    pickle(
      ['N', 0x94],
      each(200, (i) => ['h', i, 'h', i, 0x86, 0x94, '0']),
      ['h', 200, '](', 'e', 0x86, 0x85],
    ),
    'leaves more than one value',
  ],
  ['many dicts', pickle('(', times(most, '}'), 't'), 'more than 100000 values'],
  ['many numbers', pickle('(', times(most, 0x8a, 32, Array(32).fill(0x7f)), 't'), 'more than 100000 values'],
  ['long numbers', pickle('(', times(1000, 0x8a, 255, Array(255).fill(0x7f)), 't'), 'holds a number of 255 bytes'],
  ['much text', pickle('(', times(7000, 'X', u32(4095), '€'.repeat(1365)), 't'), 'holds no'],
  ['many texts', pickle('(', times(110_000, 0x8c, 255, '€'.repeat(85)), 't'), 'more than 100000 values'],
  ['many names', pickle('(', times(96_000, 'ccollections\nOrderedDict\n)', 0x81), 't'), 'holds no'],
  [
    'many dicts of the same pairs',
    pickle(
      ['NN', 0x86, 'q', 0, ']q', 1, '('],
      times(100_000, 'h', 0),
      ['e', 0x85, 'q', 2, 'ccollections\nOrderedDict\nq', 3, '('],
      times(60_000, 'h', 3, 'h', 2, 'R'),
      't',
    ),
    'copies more than 300000 pairs',
  ],
  [
    'a long state, set many times',
    pickle(
      [write.call(write.global('numpy', 'dtype'), write.text('f4')), 'q', 0, '(K', 3, write.text('<')],
      times(100_000, 'N'),
      ['tq', 1, 'b'],
      times(90_000, 'h', 1, 'b'),
    ),
    'holds no',
  ],
  ['a thing of the system', pickle('cos\nsystem\n(Vtrue\ntR'), 'names "os.system"'],
]

describe.each([
  ['Paddle’s', (body: Uint8Array) => body],
  ['a torch archive’s', (body: Uint8Array) => zipBytes([{ name: 'w/data.pkl', data: body, deflate: true }])],
  ['an old torch file’s', (body: Uint8Array) => joinParts([joinParts(torchLegacyParts('N', {}).slice(0, 1)), body])],
] as const)('%s pickle', (_, wrap) => {
  test.each(pickles)('of %s', async (_, body, message) => {
    expect(((await readBounded(wrap(body))) as LatentkitError).message).toContain(message)
  })
})

const header = (name: string, data = '"dtype":"F32","shape":[1],"data_offsets":[0,4]') => `"${name}":{${data}}`
const headers: [name: string, file: Uint8Array, message: string][] = [
  ['deep lists', json('{"a":', '[', ''), 'nests more than 3 deep'],
  ['a long list', json('{"a":[', '1,', '1]}'), 'expected an object'],
  ['many lists', json('{"a":[', '[],', '1]}'), 'expected an object'],
  ['many keys', json('{', (i) => `"${1_000_000 + i}":[],`, '"a":1}'), 'more than 200000 keys'],
  ['many keys of one tensor', json('{"a":{', (i) => `"${1_000_000 + i}":1,`, '"b":1}}'), 'more than 200000 keys'],
  ['a key of escapes', json('{"', '\\u0041', '":1}'), 'expected an object'],
  ['a text of escapes', json('{"a":"', '\\"', '"}'), 'expected an object'],
  ['texts without an end', json('{"a":', '"', ''), 'not JSON'],
  ['many axes', json('{"a":{"dtype":"F32","data_offsets":[0,4],"shape":[', '1,', '1]}}'), 'at most 64 axes'],
  [
    'the same key twice, escaped',
    safetensorsBytes(`{${header('a')},${header('\\u0061')}}`, 4),
    'has the key "a" twice',
  ],
]
test.each(headers)('a safetensors header of %s', async (_, file, message) => {
  const { message: problem } = (await readBounded(file)) as LatentkitError
  expect(problem).toContain(message)
  expect(problem.length).toBeLessThan(1000)
})

describe('archives', () => {
  test('of many entries', async () => {
    const archive = (count: number) =>
      zipBytes(
        Array.from({ length: count }, (_, i) => ({ name: `${i}`, data: new Uint8Array(0) })),
        { zip64: true },
      )
    expect(((await readBounded(archive(60_000))) as LatentkitError).message).toContain('not one that torch.save wrote')
    expect(((await readBounded(archive(90_000))) as LatentkitError).message).toContain('has a zip directory of')
  })

  test('whose pickle unfolds to much', async () => {
    const bomb = zipBytes([{ name: 'w/data.pkl', data: new Uint8Array(2 ** 26), deflate: true }])
    expect(((await readBounded(bomb)) as LatentkitError).message).toContain('has a pickle of 67108864 bytes')
  })

  test('whose entry reaches into the next by an extra of its own header', async () => {
    const bytes = joinParts(
      torchZipParts(write.dict([['a', write.tensor(write.storage('FloatStorage', '0', 4), 0, [4], [1])]]), {
        '0': new Uint8Array(16),
        '1': new Uint8Array(16),
      }),
    )
    const at = new TextDecoder('latin1').decode(bytes).indexOf('w/data/0')
    // The length of the extra stands right before the name, of which the first has 8 letters.
    bytes[at - 2] = 40
    expect(((await readBounded(bytes)) as LatentkitError).message).toContain('"w/data/0" overlap what follows it')
  })
})

const storage = write.storage('FloatStorage', '0', 4)
const torchFiles = (value: PicklePart, deflate = false): [string, Uint8Array][] => [
  ['archive', joinParts(torchZipParts(value, { '0': new Uint8Array(16) }, [], deflate))],
  ['old file', joinParts(torchLegacyParts(value, { '0': new Uint8Array(16) }))],
]

test.each(
  torchFiles(write.dict(Array.from({ length: 20 }, (_, i) => [`${i}`, write.tensor(storage, 0, [2 ** 22], [0])]))),
)('views in a torch %s that would make much of little are refused together', async (_, file) => {
  expect(((await readBounded(file)) as LatentkitError).message).toContain(
    'from which tensors of 335544320 bytes would be made',
  )
})

const longKey = 'k'.repeat(4096)
const nested = (levels: number): PicklePart => (levels === 0 ? ['h', 1] : write.dict([[longKey, nested(levels - 1)]]))
test.each(
  torchFiles([
    write.tensor(storage, 0, [1], [1]),
    'q',
    0,
    '0](',
    bytesOf(times(90_000, 'h', 0)),
    'eq',
    1,
    '0',
    nested(7),
  ]),
)('tensors in a torch %s under long names, many times over', async (_, file) => {
  expect(((await readBounded(file)) as LatentkitError).message).toContain('has a tensor under a name of 28')
})

// The list [4] is the shape of a tensor; then -5 is added to it.
const changing = [
  [']q', 1, 'K', 4, 'a0'],
  ['}q', 2, write.text('t'), 'ctorch._utils\n_rebuild_tensor_v2\n('],
  [storage, 'K', 0, 'h', 1, ']K', 1, 'a', 0x89, 'NtRs'],
  ['0h', 1, write.int(-5), 'a0h', 2],
]
test.each(torchFiles(changing))(
  'a shape in a torch %s that changes after it was checked stays as it was',
  async (_, file) => {
    const { tensors } = (await readBounded(file)) as TensorIndex
    expect(tensors.get('t')!.shape).toEqual([4])
  },
)

test('a slice of a Paddle array is used once', async () => {
  const slices = write.tuple(write.text('a@@.0'), write.text('a@@.0'))
  const info = write.dict([
    [
      'a',
      write.dict([
        ['OriginShape', write.ints([2])],
        ['slices', slices],
      ]),
    ],
  ])
  const file = write.pickle(
    write.dict([
      ['a@@.0', write.array('f4', [1], write.bytes(new Uint8Array(4)))],
      ['UnpackBigParamInfor@@', info],
    ]),
  )
  expect(((await readBounded(file)) as LatentkitError).message).toContain('one is missing or used twice')
})

test('views of one deflated entry inflate it once', async () => {
  const size = 2 ** 25
  const whole = write.storage('FloatStorage', '0', size / 4)
  const value = write.dict(Array.from({ length: 300 }, (_, i) => [`${i}`, write.tensor(whole, i, [1], [1])] as const))
  const file = joinParts(torchZipParts(value, { '0': new Uint8Array(size) }, [], true))
  const { tensors } = (await readBounded(file)) as TensorIndex
  const taken = await measure(async () => {
    for (const entry of tensors.values()) await readTensor(entry)
  })
  expect(taken.seconds).toBeLessThan(mostSeconds)
})
