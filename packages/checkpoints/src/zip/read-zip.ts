import { CheckpointError, type RandomAccessFile } from '@latentkit/core'
import { findDirectory } from './find-directory.ts'
import { parseDirectory, type ZipEntry } from './parse-directory.ts'

/**
 * Lists a zip archive: its central directory only. Where an entry's bytes begin is asked of `zipEntryOffset`.
 * Archives of several disks, encrypted entries, methods other than stored and deflated, and entries that overlap are refused.
 * @throws CheckpointError that names the entry.
 */
export async function readZip(file: RandomAccessFile): Promise<ReadonlyMap<string, ZipEntry>> {
  const directory = await findDirectory(file)
  const bytes = await file.read(directory.offset, directory.length)
  const entries = parseDirectory(bytes, directory, file.name)
  let end = 0
  let before = ''
  for (const entry of [...entries.values()].sort((a, b) => a.headerOffset - b.headerOffset)) {
    if (entry.headerOffset < end) {
      throw new CheckpointError({
        file: file.name,
        problem: `has the zip entries "${before}" and "${entry.name}" overlap`,
      })
    }
    // The local header repeats the name and has at least 30 bytes.
    end = entry.headerOffset + 30 + entry.nameLength + entry.compressedSize
    before = entry.name
  }
  if (end > directory.offset) {
    throw new CheckpointError({ file: file.name, problem: `has the zip entry "${before}" run into the directory` })
  }
  return entries
}
