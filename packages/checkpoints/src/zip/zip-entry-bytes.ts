import type { RandomAccessFile } from '@latentkit/core'
import { computedFile } from '../computed-file.ts'
import { crc32 } from './crc32.ts'
import { inflate } from './inflate.ts'
import type { ZipEntry } from './read-zip.ts'
import { refuseZip } from './zip-error.ts'

const localHeaderSize = 30

/** Where the bytes of an entry begin in the archive: after its own header, which must agree with the directory. */
export async function zipEntryOffset(archive: RandomAccessFile, entry: ZipEntry): Promise<number> {
  const refuse = (problem: string): never => refuseZip(archive.name, `has the zip entry "${entry.name}" ${problem}`)
  const start = entry.headerOffset
  const bytes = await archive.read(start, localHeaderSize + entry.nameLength)
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const name = new TextDecoder().decode(bytes.subarray(localHeaderSize))
  if (header.getUint32(0, true) !== 0x04034b50) refuse(`without a header at ${start}`)
  if (header.getUint16(26, true) !== entry.nameLength || name !== entry.name) refuse('under another name in its header')
  const offset = start + localHeaderSize + entry.nameLength + header.getUint16(28, true)
  if (offset + entry.compressedSize > entry.limit) refuse('overlap what follows it')
  return offset
}

/** The bytes of an entry, inflated if need be and checked against their CRC-32. */
export async function readZipEntry(archive: RandomAccessFile, entry: ZipEntry): Promise<Uint8Array> {
  const offset = await zipEntryOffset(archive, entry)
  const packed = await archive.read(offset, entry.compressedSize)
  const bytes =
    entry.method === 'stored' ? packed : await inflate(packed, entry.size, `${archive.name}, zip entry "${entry.name}"`)
  if (crc32(bytes) !== entry.crc32) refuseZip(archive.name, `has the zip entry "${entry.name}" with a wrong CRC-32`)
  return bytes
}

/** An entry as a file: inflated when read, and again only if its bytes had to make room meanwhile. */
export function inflatedFile(archive: RandomAccessFile, entry: ZipEntry): RandomAccessFile {
  let kept: WeakRef<Uint8Array> | undefined
  const parts = [{ file: archive, offset: entry.headerOffset, byteLength: entry.compressedSize }]
  const name = `${archive.name}/${entry.name}`
  return computedFile(name, entry.size, { how: 'inflated', parts }, async (offset, length) => {
    const bytes = kept?.deref() ?? (await readZipEntry(archive, entry))
    kept = new WeakRef(bytes)
    return bytes.subarray(offset, offset + length)
  })
}
