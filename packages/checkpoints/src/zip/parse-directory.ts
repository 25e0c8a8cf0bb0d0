import type { Directory } from './find-directory.ts'
import { refuseZip } from './zip-error.ts'

/** One entry of a zip archive, as its directory has it. */
export interface ListedEntry {
  readonly name: string
  /** Of the name, in bytes. */
  readonly nameLength: number
  readonly method: 'stored' | 'deflated'
  readonly compressedSize: number
  readonly size: number
  readonly crc32: number
  /** Where the entry's own header begins; its bytes come after that. */
  readonly headerOffset: number
}

const headerSize = 46
const methods = new Map<number, ListedEntry['method']>([
  [0, 'stored'],
  [8, 'deflated'],
])
/** Stands in a field of 32 bits if its value is in the 64-bit extra. */
const in64 = 0xffffffff

/** Reads the bytes of a central directory. Names that come twice are refused. */
export function parseDirectory(bytes: Uint8Array, directory: Directory, file: string): Map<string, ListedEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries = new Map<string, ListedEntry>()
  let at = 0
  for (let count = 0; count < directory.entryCount; count++) {
    if (at + headerSize > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      refuseZip(file, `lists ${directory.entryCount} zip entries, its directory has ${count}`)
    }
    const nameLength = view.getUint16(at + 28, true)
    const extraLength = view.getUint16(at + 30, true)
    const end = at + headerSize + nameLength + extraLength + view.getUint16(at + 32, true)
    if (end > bytes.length) refuseZip(file, `has a zip directory that ends within entry ${count}`)
    const name = new TextDecoder().decode(bytes.subarray(at + headerSize, at + headerSize + nameLength))
    const refuse = (problem: string): never => refuseZip(file, `has the zip entry "${name}" ${problem}`)

    if (entries.has(name)) refuse('twice')
    if (view.getUint16(at + 8, true) & 0x2041) refuse('encrypted')
    const method = methods.get(view.getUint16(at + 10, true)) ?? refuse('compressed in a way other than deflate')
    const wide = wideFields(view, at, nameLength, extraLength) ?? refuse('without the 64-bit sizes that it points to')
    if (method === 'stored' && wide.size !== wide.compressedSize)
      refuse('stored in another number of bytes than it has')
    entries.set(name, { name, nameLength, method, crc32: view.getUint32(at + 16, true), ...wide })
    at = end
  }
  if (at !== bytes.length) refuseZip(file, `has ${bytes.length - at} bytes after the entries of its zip directory`)
  return entries
}

/** The fields that move into an extra of 64-bit numbers when they do not fit; that holds only those that moved, in this order. */
function wideFields(view: DataView, at: number, nameLength: number, extraLength: number) {
  const fields = {
    size: view.getUint32(at + 24, true),
    compressedSize: view.getUint32(at + 20, true),
    headerOffset: view.getUint32(at + 42, true),
  }
  const moved = (Object.keys(fields) as (keyof typeof fields)[]).filter((key) => fields[key] === in64)
  if (moved.length === 0) return fields
  let extra = at + headerSize + nameLength
  const end = extra + extraLength
  while (extra + 4 <= end) {
    const length = view.getUint16(extra + 2, true)
    if (view.getUint16(extra, true) === 1) {
      if (length < moved.length * 8 || extra + 4 + length > end) return undefined
      moved.forEach((key, i) => {
        fields[key] = Number(view.getBigUint64(extra + 4 + i * 8, true))
      })
      return fields
    }
    extra += 4 + length
  }
  return undefined
}
