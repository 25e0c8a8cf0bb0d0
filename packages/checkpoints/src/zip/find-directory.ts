import type { RandomAccessFile } from '@latentkit/core'
import { refuseZip } from './zip-error.ts'

/** Where the central directory of a zip archive lies. */
export interface Directory {
  readonly offset: number
  readonly length: number
  readonly entryCount: number
}

/** Size of the end record, and the longest comment after it. */
const endSize = 22
const longestComment = 0xffff
/** Size of what points from before the end record to the 64-bit one, and of that. */
const locatorSize = 20
const end64Size = 56
/** Largest directory read, in bytes: an entry takes about a hundred. */
const largestDirectory = 4 * 2 ** 20

/** Finds the directory by the record at the end of the archive, or its 64-bit form. */
export async function findDirectory(file: RandomAccessFile): Promise<Directory> {
  const tailLength = Math.min(file.size, endSize + longestComment + locatorSize)
  const tailStart = file.size - tailLength
  const bytes = await file.read(tailStart, tailLength)
  const tail = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(tail)
  if (end === undefined) return refuseZip(file.name, 'has no zip directory at its end, as if it were cut short')

  const isZip64 = end >= locatorSize && tail.getUint32(end - locatorSize, true) === 0x07064b50
  const directory = isZip64
    ? await readEnd64(file, Number(tail.getBigUint64(end - locatorSize + 8, true)))
    : {
        disks: tail.getUint16(end + 4, true) + tail.getUint16(end + 6, true),
        entryCount: tail.getUint16(end + 10, true),
        length: tail.getUint32(end + 12, true),
        offset: tail.getUint32(end + 16, true),
      }
  if (directory.disks !== 0) refuseZip(file.name, 'is a zip archive of several parts')
  if (directory.length > largestDirectory) refuseZip(file.name, `has a zip directory of ${directory.length} bytes`)
  if (directory.offset + directory.length > tailStart + end) {
    refuseZip(file.name, `has a zip directory at ${directory.offset} that runs past the archive's end`)
  }
  return directory
}

/** The last record whose comment reaches exactly to the end. */
function findEnd(tail: DataView): number | undefined {
  for (let at = tail.byteLength - endSize; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue
    if (at + endSize + tail.getUint16(at + 20, true) === tail.byteLength) return at
  }
  return undefined
}

async function readEnd64(file: RandomAccessFile, offset: number): Promise<Directory & { readonly disks: number }> {
  if (offset + end64Size > file.size) refuseZip(file.name, 'has a 64-bit zip record past its end')
  const bytes = await file.read(offset, end64Size)
  const record = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (record.getUint32(0, true) !== 0x06064b50) refuseZip(file.name, 'has no 64-bit zip record where it should be')
  return {
    disks: record.getUint32(16, true) + record.getUint32(20, true),
    entryCount: Number(record.getBigUint64(32, true)),
    length: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  }
}
