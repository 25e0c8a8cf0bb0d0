/** Bytes, or what becomes bytes: opcodes by their codes, texts as UTF-8. */
export type PicklePart = number | string | Uint8Array | readonly PicklePart[]

/** Joins parts to bytes: for tests that write pickles and archives by hand. */
export function bytesOf(...parts: readonly PicklePart[]): Uint8Array {
  const flat: number[] = []
  const add = (part: PicklePart): void => {
    if (typeof part === 'number') flat.push(part)
    else if (typeof part === 'string') for (const byte of new TextEncoder().encode(part)) flat.push(byte)
    else for (const inner of part) add(inner)
  }
  add(parts)
  return Uint8Array.from(flat)
}

/** A whole number as `size` bytes, least first. */
export function littleEndian(value: number | bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn))
}

/** The opcodes that the tests write pickles with. */
export const write = {
  pickle: (...parts: PicklePart[]): Uint8Array => bytesOf(0x80, 4, parts, '.'),
  text: (text: string): PicklePart => ['X', littleEndian(new TextEncoder().encode(text).length, 4), text],
  int: (value: number): PicklePart => ['J', littleEndian(value, 4)],
  bytes: (bytes: Uint8Array): PicklePart => ['B', littleEndian(bytes.length, 4), bytes],
  global: (module: string, name: string): PicklePart => ['c', module, '\n', name, '\n'],
  tuple: (...items: PicklePart[]): PicklePart => ['(', items, 't'],
  dict: (items: readonly (readonly [key: string, value: PicklePart])[]): PicklePart => [
    '}(',
    items.map(([key, value]) => [write.text(key), value]),
    'u',
  ],
  call: (global: PicklePart, ...args: PicklePart[]): PicklePart => [global, write.tuple(...args), 'R'],
  ints: (values: readonly number[]): PicklePart => write.tuple(...values.map(write.int)),
  storage: (type: string, key: string, length: number): PicklePart => [
    write.tuple(
      write.text('storage'),
      write.global('torch', type),
      write.text(key),
      write.text('cpu'),
      write.int(length),
    ),
    'Q',
  ],
  /** A torch tensor as version 2 writes it. */
  tensor: (storage: PicklePart, offset: number, shape: readonly number[], strides: readonly number[]): PicklePart =>
    write.call(
      write.global('torch._utils', '_rebuild_tensor_v2'),
      storage,
      write.int(offset),
      write.ints(shape),
      write.ints(strides),
      0x89,
      'N',
    ),
  /** A numpy array; `data` is a pickled bytes object or text. */
  array: (code: string, shape: readonly number[], data: PicklePart, order = '<', fortran = false): PicklePart => [
    write.call(
      write.global('numpy.core.multiarray', '_reconstruct'),
      write.global('numpy', 'ndarray'),
      write.ints([0]),
      'N',
    ),
    write.tuple(
      write.int(1),
      write.ints(shape),
      [
        write.call(write.global('numpy', 'dtype'), write.text(code), 0x89, 0x88),
        write.tuple(write.int(3), write.text(order), 'N', 'N', 'N', write.int(-1), write.int(-1), write.int(0)),
        'b',
      ],
      fortran ? 0x88 : 0x89,
      data,
    ),
    'b',
  ],
}
