import type { RandomAccessFile } from '@latentkit/core'
import { findDirectory } from './find-directory.ts'
import { type ListedEntry, parseDirectory } from './parse-directory.ts'
import { refuseZip } from './zip-error.ts'

/** One entry of a zip archive, and how far it may reach. */
export interface ZipEntry extends ListedEntry {
  /** Where the next entry or the directory begins, which its bytes must not reach. */
  readonly limit: number
}

/**
 * Lists a zip archive: its central directory only. Where an entry's bytes begin is asked of `zipEntryOffset`.
 * Archives of several disks, encrypted entries, methods other than stored and deflated, and entries that overlap are refused.
 * @throws CheckpointError that names the entry.
 */
export async function readZip(file: RandomAccessFile): Promise<ReadonlyMap<string, ZipEntry>> {
  const directory = await findDirectory(file)
  const bytes = await file.read(directory.offset, directory.length)
  const listed = [...parseDirectory(bytes, directory, file.name).values()]
  listed.sort((a, b) => a.headerOffset - b.headerOffset)
  return new Map(
    listed.map((entry, i) => {
      const next = listed[i + 1]
      const limit = next?.headerOffset ?? directory.offset
      if (leastEnd(entry) > limit) {
        refuseZip(
          file.name,
          next
            ? `has the zip entries "${entry.name}" and "${next.name}" overlap`
            : `has the zip entry "${entry.name}" run into the directory`,
        )
      }
      return [entry.name, { ...entry, limit }]
    }),
  )
}

/** The local header repeats the name and has at least 30 bytes; an extra in it, which only it tells, comes on top. */
function leastEnd({ headerOffset, nameLength, compressedSize }: ListedEntry): number {
  return headerOffset + 30 + nameLength + compressedSize
}
