import { bytesOf, littleEndian, type PicklePart, write } from '../pickle/pickle-fixture.ts'
import type { SparsePart } from '../sparse-fixture.ts'
import { type FixtureEntry, zipParts } from '../zip/write-zip-fixture.ts'

/** A file as torch.save writes it, of a pickled value and storages by their keys; a number is that many zeros. */
export function torchZipParts(
  value: PicklePart,
  storages: Readonly<Record<string, SparsePart>>,
  others: readonly FixtureEntry[] = [],
  deflate = false,
): SparsePart[] {
  const entries = Object.entries(storages).map(([key, data]) => ({ name: `w/data/${key}`, data, deflate }))
  return zipParts([{ name: 'w/data.pkl', data: write.pickle(value), deflate }, ...entries, ...others])
}

/** A file as torch wrote before 1.6. Storages are 32-bit floats. */
export function torchLegacyParts(
  value: PicklePart,
  storages: Readonly<Record<string, SparsePart>>,
  machine: PicklePart = write.dict([['little_endian', 0x88]]),
  version = 1001,
): SparsePart[] {
  const magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.']
  const keys = [']', '(', Object.keys(storages).map(write.text), 'e']
  const head = bytesOf(magic, write.pickle(write.int(version)), write.pickle(machine))
  const lengthOf = (part: SparsePart): number => (typeof part === 'number' ? part : part.length)
  const body = Object.values(storages).flatMap((part) => [littleEndian(lengthOf(part) / 4, 8), part])
  return [head, write.pickle(value), write.pickle(keys), ...body]
}
