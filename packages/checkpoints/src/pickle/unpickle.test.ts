import { CheckpointError, LatentkitError, memoryFile } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import { randomBelow } from '../random-fixture.ts'
import { fixtureBytes } from '../shared-fixture.ts'
import { knownToTorch, torchStorage } from '../torch/torch-globals.ts'
import { containerOpcodes } from './container-opcodes.ts'
import { literalOpcodes } from './literal-opcodes.ts'
import { objectOpcodes } from './object-opcodes.ts'
import { bytesOf, littleEndian, type PicklePart, write } from './pickle-fixture.ts'
import { unpickle } from './unpickle.ts'
import type { PickleValue } from './values.ts'

const options = { globals: knownToTorch, persistentId: torchStorage }
const read = async (bytes: Uint8Array): Promise<PickleValue> =>
  (await unpickle(memoryFile('w.pkl', bytes), 0, options)).value
const readParts = (...parts: PicklePart[]) => read(write.pickle(...parts))

const items = (kind: 'list' | 'tuple' | 'set', ...values: PickleValue[]) => ({ kind, items: values })
const dict = (...pairs: [PickleValue, PickleValue][]) => ({ kind: 'dict', pairs })
const u32 = (value: number) => littleEndian(value, 4)
const u64 = (value: number) => littleEndian(value, 8)

describe('opcodes', () => {
  const cases: [name: string, parts: PicklePart[], expected: unknown][] = [
    ['NONE', ['N'], null],
    ['NEWTRUE', [0x88], true],
    ['NEWFALSE', [0x89], false],
    ['BININT1', ['K', 200], 200],
    ['BININT2', ['M', 0x34, 0x12], 0x1234],
    ['BININT', ['J', 0xfb, 255, 255, 255], -5],
    ['LONG1 of none', [0x8a, 0], 0],
    ['LONG1', [0x8a, 2, 0, 0x80], -32768],
    ['LONG1, large', [0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1], 2n ** 64n],
    ['LONG4', [0x8b, u32(1), 0x85], -123],
    ['BINFLOAT', ['G', 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a], 0.1],
    ['SHORT_BINUNICODE', [0x8c, 5, 'tést'], 'tést'],
    ['BINUNICODE', ['X', u32(1), 'a'], 'a'],
    ['BINUNICODE8', [0x8d, u64(1), 'a'], 'a'],
    ['SHORT_BINSTRING', ['U', 2, 0x61, 0xff], 'aÿ'],
    ['BINSTRING', ['T', u32(1), 0xe9], 'é'],
    ['SHORT_BINBYTES', ['C', 2, 1, 2], { kind: 'bytes', offset: 4, length: 2 }],
    ['BINBYTES', ['B', u32(1), 7], { kind: 'bytes', offset: 7, length: 1 }],
    ['BINBYTES8', [0x8e, u64(1), 7], { kind: 'bytes', offset: 11, length: 1 }],
    ['BYTEARRAY8', [0x96, u64(0)], { kind: 'bytes', offset: 11, length: 0 }],
    ['long text', ['X', u32(5000), new Uint8Array(5000)], { kind: 'text', offset: 7, length: 5000 }],
    ['EMPTY_LIST', [']'], items('list')],
    ['EMPTY_TUPLE', [')'], items('tuple')],
    ['EMPTY_SET', [0x8f], items('set')],
    ['EMPTY_DICT', ['}'], dict()],
    ['MARK and TUPLE', ['(K', 1, 'K', 2, 't'], items('tuple', 1, 2)],
    ['TUPLE1', ['N', 0x85], items('tuple', null)],
    ['TUPLE2', ['K', 1, 'K', 2, 0x86], items('tuple', 1, 2)],
    ['TUPLE3', ['K', 1, 'K', 2, 'K', 3, 0x87], items('tuple', 1, 2, 3)],
    ['FROZENSET', ['(K', 1, 0x91], items('set', 1)],
    ['APPEND', [']Na'], items('list', null)],
    ['APPENDS', ['](K', 1, 'K', 2, 'e'], items('list', 1, 2)],
    ['ADDITEMS', [0x8f, '(K', 1, 0x90], items('set', 1)],
    ['SETITEM', ['}K', 1, 'Ns'], dict([1, null])],
    ['SETITEMS', ['}(K', 1, 'NK', 2, 0x88, 'u'], dict([1, null], [2, true])],
    ['POP', ['NK', 1, '0'], null],
    ['POP_MARK', ['N(K', 1, 'K', 2, '1'], null],
    ['BINPUT and BINGET', [']q', 7, '0h', 7], items('list')],
    ['LONG_BINPUT and LONG_BINGET', [']r', u32(70000), '0j', u32(70000)], items('list')],
    ['MEMOIZE', ['K', 5, 0x94, '0K', 6, 0x94, '0h', 0], 5],
    ['FRAME', [0x95, u64(2), 'N'], null],
    ['GLOBAL', [write.global('torch', 'float16')], { kind: 'global', name: 'torch.float16' }],
    ['STACK_GLOBAL', [write.text('torch'), write.text('Size'), 0x93], { kind: 'global', name: 'torch.Size' }],
    ['REDUCE', [write.call(write.global('torch', 'Size'), write.ints([2, 3]))], items('tuple', 2, 3)],
    ['NEWOBJ', [write.global('collections', 'OrderedDict'), ')', 0x81], dict()],
    ['BUILD of a dict', ['}}b'], dict()],
    [
      'BINPERSID',
      [write.storage('HalfStorage', '7', 12)],
      { kind: 'storage', key: '7', dtype: 'float16', length: 12, start: 0 },
    ],
  ]
  test.each(cases)('%s', async (_, parts, expected) => {
    expect(await readParts(...parts)).toEqual(expected)
  })

  test('each is tested', () => {
    const tested = new Set(cases.flatMap(([name]) => name.split(/[, ]+/)))
    for (const [, name] of [...literalOpcodes, ...containerOpcodes, ...objectOpcodes]) {
      if (name !== 'STOP') expect(tested).toContain(name)
    }
  })
})

describe('what globals are described as', () => {
  const cases: [name: string, part: PicklePart, expected: unknown][] = [
    [
      'an OrderedDict of pairs',
      write.call(write.global('collections', 'OrderedDict'), ['](', write.tuple(write.text('a'), 'N'), 'e']),
      dict(['a', null]),
    ],
    ['a tuple of Python 2', write.call(write.global('__builtin__', 'tuple'), [']Na']), items('tuple', null)],
    ['an empty set', write.call(write.global('builtins', 'set')), items('set')],
    [
      'bytes as text',
      write.call(write.global('_codecs', 'encode'), write.text('ÿ'), write.text('latin1')),
      { kind: 'latin1', text: 'ÿ' },
    ],
    [
      'no bytes, as protocol 2 has them',
      write.call(write.global('__builtin__', 'bytes')),
      { kind: 'bytes', offset: 0, length: 0 },
    ],
    [
      'a byte array, as protocol 2 has it',
      write.call(write.global('builtins', 'bytearray'), write.text('ÿ'), write.text('latin-1')),
      { kind: 'latin1', text: 'ÿ' },
    ],
    ['a Counter', write.call(write.global('collections', 'Counter'), ['}K', 3, 'K', 2, 's']), dict([3, 2])],
    [
      'a numpy array of protocol 5',
      write.call(
        write.global('numpy.core.numeric', '_frombuffer'),
        [0x96, u64(4), 1, 2, 3, 4],
        write.call(write.global('numpy', 'dtype'), write.text('f4'), 0x89, 0x88),
        write.ints([1]),
        write.text('C'),
      ),
      {
        kind: 'array',
        state: {
          shape: [1],
          type: { kind: 'dtype', code: 'f4', bigEndian: false },
          fortranOrder: false,
          data: { kind: 'bytes', offset: expect.any(Number), length: 4 },
        },
      },
    ],
    ['a device', write.call(write.global('torch', 'device'), write.text('cpu')), 'cpu'],
    ['a single number of numpy', write.call(write.global('numpy.core.multiarray', 'scalar'), 'N', 'N'), null],
    [
      'a class of Lightning',
      write.global('pytorch_lightning.callbacks', 'ModelCheckpoint'),
      { kind: 'global', name: 'pytorch_lightning.callbacks.ModelCheckpoint' },
    ],
  ]
  test.each(cases)('%s', async (_, part, expected) => {
    expect(await readParts(part)).toEqual(expected)
  })

  test('tensors of every version', async () => {
    const storage = { kind: 'storage', key: '0', dtype: 'float32', length: 6, start: 0 }
    const tensor = { kind: 'tensor', dtype: 'float32', storage, offset: 1, shape: [2], strides: [3] }
    const typed = write.storage('FloatStorage', '0', 6)
    const args = [write.int(1), write.ints([2]), write.ints([3])]
    const utils = (name: string) => write.global('torch._utils', name)
    expect(await readParts(write.call(utils('_rebuild_tensor'), typed, ...args))).toEqual(tensor)
    const second = write.tensor(typed, 1, [2], [3])
    expect(await readParts(second)).toEqual(tensor)
    expect(await readParts(write.call(utils('_rebuild_parameter'), second, 0x88, 'N'))).toEqual(tensor)
    expect(await readParts(write.call(utils('_rebuild_parameter_with_state'), second, 0x88, 'N', 'N'))).toEqual(tensor)
    const untyped = [
      write.tuple(
        write.text('storage'),
        write.global('torch.storage', 'UntypedStorage'),
        write.text('0'),
        write.text('cpu'),
        write.int(24),
      ),
      'Q',
    ]
    const third = write.call(
      utils('_rebuild_tensor_v3'),
      untyped,
      ...args,
      0x89,
      'N',
      write.global('torch', 'uint16'),
      'N',
    )
    expect(await readParts(third)).toEqual({
      ...tensor,
      dtype: 'uint16',
      storage: { ...storage, dtype: undefined, length: 24 },
    })
  })
})

const broken: [name: string, parts: PicklePart[], message: string][] = [
  [
    'os.system',
    [write.call(write.global('os', 'system'), write.text('true'))],
    'names "os.system", which no weights need. Nothing of it was run.',
  ],
  ['a global that is never called', [write.global('posix', 'system'), '0N'], 'names "posix.system"'],
  ['eval by STACK_GLOBAL', [write.text('builtins'), write.text('eval'), 0x93], 'names "builtins.eval"'],
  ['getattr', [write.global('builtins', 'getattr')], 'names "builtins.getattr"'],
  [
    'a way around by dots',
    [write.text('torch'), write.text('serialization.os.system'), 0x93],
    'names "torch.serialization.os.system"',
  ],
  ['a global of the prototype', [write.global('constructor', 'constructor')], 'names "constructor.constructor"'],
  ['torch’s own loader', [write.global('torch.storage', '_load_from_bytes')], 'names "torch.storage._load_from_bytes"'],
  [
    'a name that looks like Lightning',
    [write.global('pytorch_lightning_evil', 'x')],
    'names "pytorch_lightning_evil.x"',
  ],
  [
    'a class of Lightning called',
    [write.call(write.global('pytorch_lightning', 'Trainer'))],
    'calls "pytorch_lightning.Trainer"',
  ],
  ['a dtype called', [write.call(write.global('torch', 'float16'))], 'calls "torch.float16"'],
  ['a call of a text', [write.text('os.system'), ')R'], 'calls string'],
  ['arguments that are no tuple', [write.global('torch', 'Size'), 'NR'], 'has None where a tuple is expected'],
  ['a global named by numbers', ['K', 1, 'K', 2, 0x93], 'names a global by number and number'],
  ['a very long name', [write.global('a'.repeat(300), 'b')], 'names something of more than 256 letters'],
  ['INST', ['(ios\nsystem\n'], 'uses opcode 0x69, which no weights need'],
  ['OBJ', ['(o'], 'uses opcode 0x6f'],
  ['EXT1', [0x82, 1], 'uses opcode 0x82'],
  ['NEWOBJ_EX', [0x92], 'uses opcode 0x92'],
  ['NEXT_BUFFER', [0x97], 'uses opcode 0x97'],
  ['PERSID', ['Pos\n'], 'uses opcode 0x50'],
  ['state of a list', [']}b'], 'sets the state of list, which has none'],
  [
    'state of a tensor',
    [write.tensor(write.storage('FloatStorage', '0', 1), 0, [], []), '}b'],
    'sets the state of tensor',
  ],
  ['an empty stack', ['0'], 'takes a value from an empty stack'],
  ['a value below the mark', ['NN(0'], 'takes a value from an empty stack'],
  ['no mark', ['Nt'], 'looks for a mark that is not there'],
  ['no value', [], 'takes a value from an empty stack'],
  ['two values', ['NN'], 'leaves more than one value'],
  ['a mark left', ['(N'], 'leaves more than one value'],
  ['an unknown memo', ['h', 3], 'recalls value 3, which it never remembered'],
  ['an item of a dict in a list', ['}Na'], 'adds items to dict, expected a list'],
  ['a key in a list', [']NNs'], 'sets keys of list, expected a dict'],
  ['a key without a value', ['}(Nu'], 'sets a key of a dict without a value'],
  ['a text that is not UTF-8', ['X', u32(1), 0xff], 'that is not UTF-8'],
  ['a huge number', [0x8b, u32(2 ** 30)], 'holds a number of 1073741824 bytes'],
  [
    'encoding other than latin1',
    [write.call(write.global('_codecs', 'encode'), write.text('a'), write.text('rot13'))],
    'encodes a text other than as latin1',
  ],
  ['encoding a list', [write.call(write.global('_codecs', 'encode'), ']')], 'encodes list, expected a text'],
  ['a set of a number', [write.call(write.global('builtins', 'set'), 'K', 1)], 'makes a set of number'],
  [
    'a dict of what are no pairs',
    [write.call(write.global('collections', 'OrderedDict'), [']Na'])],
    'makes a dict of what are no pairs',
  ],
  ['an unknown storage', [write.storage('Size', '0', 1)], 'has a storage of type "torch.Size"'],
  ['a persistent id of another kind', [write.text('storage'), 'Q'], 'has a persistent id that is no storage'],
  ['a negative length', [write.storage('FloatStorage', '0', -1)], 'has a persistent id that is no storage'],
  ['a tensor of no storage', [write.tensor('N', 0, [1], [1])], 'makes a tensor of None, expected a storage'],
  [
    'a negative size',
    [write.tensor(write.storage('FloatStorage', '0', 1), 0, [-1], [1])],
    'whose shape is no tuple of whole numbers',
  ],
  [
    'a negative stride',
    [write.tensor(write.storage('FloatStorage', '0', 1), 0, [1], [-1])],
    'whose strides are no tuple',
  ],
  [
    'a negative offset',
    [write.tensor(write.storage('FloatStorage', '0', 1), -1, [1], [1])],
    'whose offset is no whole number',
  ],
  [
    'too few strides',
    [write.tensor(write.storage('FloatStorage', '0', 1), 0, [1, 1], [1])],
    'of 2 axes with 1 strides',
  ],
  [
    'too many axes',
    [write.tensor(write.storage('FloatStorage', '0', 1), 0, Array(65).fill(1), Array(65).fill(1))],
    'whose shape is no tuple',
  ],
  ['an array whose data are a list', [write.array('f4', [1], ']')], 'has a numpy array whose data are list'],
  ['an array of several fields', [write.array('V8', [1], 'N', '!')], 'has a numpy dtype of no byte order'],
]

test.each(broken)('refuses %s', async (_, parts, message) => {
  const error = await readParts(...parts).catch((caught) => caught)
  expect(error).toBeInstanceOf(CheckpointError)
  expect(error.message).toContain(message)
  expect(error.message).toMatch(/^w\.pkl: holds a pickle that /)
})

test.each([
  ['text', [0x49, 0x2e]],
  ['protocol 1', [0x80, 1, 0x4e, 0x2e]],
  ['protocol 6', [0x80, 6, 0x4e, 0x2e]],
])('refuses a pickle of %s', async (_, bytes) => {
  await expect(read(Uint8Array.from(bytes))).rejects.toThrow('only')
})

test.each([
  ['an empty file', []],
  ['a text past the end', [0x80, 4, 'X', u32(100), 'a']],
  ['bytes past the end', [0x80, 4, 'B', u32(2 ** 31), 'a']],
  ['bytes of 2^64 − 1', [0x80, 4, 0x8e, Array(8).fill(255), 'a']],
  ['a name without an end', [0x80, 4, 'cos']],
  ['no STOP', [0x80, 4, 'N']],
])('says of %s that it is cut short', async (_, parts) => {
  await expect(read(bytesOf(parts))).rejects.toThrow('w.pkl: ends too early')
})

describe('bombs end quickly', () => {
  const isRefused = async (bytes: Uint8Array, message: string) => {
    const before = performance.now()
    await expect(read(bytes)).rejects.toThrow(message)
    expect(performance.now() - before).toBeLessThan(10_000)
  }
  const repeat = (count: number, ...codes: number[]) => {
    const bytes = new Uint8Array(count * codes.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = codes[i % codes.length]!
    return bytes
  }
  /** Parts too long for `write.pickle`. */
  const framed = (...parts: Uint8Array[]) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 2))
    whole.set([0x80, 4])
    let at = 2
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  test('too many opcodes', () => isRefused(framed(repeat(1_100_000, 0x5d)), 'has more than 300000 opcodes'))
  test('too many marks', () => isRefused(framed(repeat(1_100_000, 0x28)), 'has more than 300000 opcodes'))
  test('too many memos', () => isRefused(framed(bytesOf('N'), repeat(1_100_000, 0x94)), 'has more than 300000 opcodes'))

  test('nesting of 250 000 levels is read without recursion', async () => {
    const value = await read(framed(bytesOf('N'), repeat(250_000, 0x85), bytesOf('.')))
    expect(value).toMatchObject({ kind: 'tuple' })
  })

  test('doubling by the memo takes no memory', async () => {
    // Each level is a pair of the one before: 2^200 values if they were copied.
    const value = await read(
      framed(bytesOf('N'), bytesOf(...Array.from({ length: 200 }, (_, i) => [0x94, 'h', i, 0x86])), bytesOf('.')),
    )
    expect(value).toMatchObject({ kind: 'tuple' })
  })

  test('much text', () => {
    const text = framed(bytesOf('X', u32(4096)), new Uint8Array(4096), bytesOf('0'))
    const body = new Uint8Array(text.length * 17_000)
    for (let i = 0; i < 17_000; i++) body.set(text.subarray(2), i * (text.length - 2))
    return isRefused(framed(body), 'holds more than 67108864 bytes of text')
  })
})

test('whatever happens to a pickle, the answer is a value or an error of ours', async () => {
  const below = randomBelow(2)
  const originals = [
    fixtureBytes('vqvae/model_state.tuple.p4.pdparams').slice(0, 3000),
    fixtureBytes('odd_tensors/odd.zip.pt').slice(80, 2093),
    fixtureBytes('odd_tensors/odd.p4.pt').slice(79, 1642),
  ]
  for (let round = 0; round < 6000; round++) {
    const original = originals[round % originals.length]!
    const bytes = original.slice(0, below(6) === 0 ? below(original.length) : original.length)
    for (let change = 0; change <= below(4) && bytes.length > 0; change++) {
      const at = below(bytes.length)
      bytes[at] = below(2) === 0 ? below(256) : original[below(original.length)]!
    }
    await read(bytes).catch((error) => {
      if (!LatentkitError.isInstance(error)) expect.fail(`round ${round}: ${error.stack}`)
    })
  }
})
