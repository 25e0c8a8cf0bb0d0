import { deflateRawSync } from 'node:zlib'
import { bytesOf, littleEndian } from '../pickle/pickle-fixture.ts'
import { joinParts, type SparsePart } from '../sparse-fixture.ts'
import { crc32 } from './crc32.ts'

/** An entry to write, with whatever should be wrong about it. */
export interface FixtureEntry {
  name: string
  /** A number is that many zeros, stored and with a wrong CRC-32. */
  data: Uint8Array | number
  deflate?: boolean
  /** Values of fields of the directory other than the true ones. */
  method?: number
  flags?: number
  crc?: number
  size?: number
  compressedSize?: number
  offset?: number
  /** What the entry's own header calls it. */
  localName?: string
  /** Moves the sizes and the offset into a 64-bit extra. */
  zip64?: boolean
}

/** What may be wrong about an archive as a whole; `zip64` ends it with the 64-bit records. */
export interface ZipFixtureOptions {
  zip64?: boolean
  comment?: string
  entryCount?: number
  disk?: number
}

const u16 = (value: number) => littleEndian(value, 2)
const u32 = (value: number) => littleEndian(value, 4)
const u64 = (value: number) => littleEndian(value, 8)

/** The bytes of a zip archive, for tests that need one with something wrong. */
export function zipBytes(entries: readonly FixtureEntry[], options: ZipFixtureOptions = {}): Uint8Array {
  return joinParts(zipParts(entries, options))
}

/** The same in parts, so that large entries of zeros take no memory. */
export function zipParts(entries: readonly FixtureEntry[], options: ZipFixtureOptions = {}): SparsePart[] {
  const { zip64 = false, comment = '', entryCount = entries.length, disk = 0 } = options
  const parts: SparsePart[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const entry of entries) {
    const [local, data, listed] = entryParts(entry, offset)
    parts.push(local, data)
    directory.push(listed)
    offset += local.length + (typeof data === 'number' ? data : data.length)
  }
  const list = joinParts(directory)
  parts.push(list)
  if (zip64) {
    const counts = [u32(disk), u32(disk), u64(entryCount), u64(entryCount), u64(list.length), u64(offset)]
    parts.push(bytesOf('PK', 6, 6, u64(44), u16(0), u16(0), counts))
    parts.push(bytesOf('PK', 6, 7, u32(0), u64(offset + list.length), u32(1)))
  }
  const [count, length, start] = zip64 ? [0xffff, 0xffffffff, 0xffffffff] : [entryCount, list.length, offset]
  const end = [u16(disk), u16(disk), u16(count), u16(count), u32(length), u32(start), u16(comment.length), comment]
  return [...parts, bytesOf('PK', 5, 6, end)]
}

/** An entry's own header, its data, and what the directory has of it. */
function entryParts(entry: FixtureEntry, start: number): [Uint8Array, SparsePart, Uint8Array] {
  const { name, data, localName = name, offset = start } = entry
  const isSparse = typeof data === 'number'
  const packed = entry.deflate && !isSparse ? new Uint8Array(deflateRawSync(data)) : data
  const method = u16(entry.method ?? (entry.deflate ? 8 : 0))
  const crc = u32(entry.crc ?? (isSparse ? 0 : crc32(data)))
  const size = entry.size ?? (isSparse ? data : data.length)
  const compressedSize = entry.compressedSize ?? (typeof packed === 'number' ? packed : packed.length)
  // torch aligns its storages by such an extra, which only the entry's own header has.
  const padding = bytesOf('FB', u16(3), 'ZZZ')
  const lengths = [u16(localName.length), u16(padding.length)]
  const local = bytesOf('PK', 3, 4, u32(0), method, Array(16).fill(0), lengths, localName, padding)

  const wide = entry.zip64 ? bytesOf(u16(1), u16(24), u64(size), u64(compressedSize), u64(offset)) : new Uint8Array(0)
  const field = (value: number) => u32(entry.zip64 ? 0xffffffff : value)
  const sizes = [crc, field(compressedSize), field(size), u16(name.length), u16(wide.length)]
  const flags = u16(entry.flags ?? 0x800)
  const listed = bytesOf('PK', 1, 2, u32(0), flags, method, u32(0), sizes, Array(10).fill(0), field(offset), name, wide)
  return [local, packed, listed]
}
