import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ModelFilesError } from '@latentkit/core'
import type { PartFile } from '@latentkit/hub'
import { flush } from '../files/flush.ts'
import { makeFolder } from '../files/make-folder.ts'
import { isBusy } from '../files/patiently.ts'
import { replaceFile } from '../files/replace-file.ts'
import { writeAtomically } from '../files/write-atomically.ts'
import { ifThere, writing } from './disk-problem.ts'

/**
 * Opens a part, `blobs/<key>.latentkit.incomplete`. It may have holes, so it has a name that huggingface_hub does not take
 * for the beginning of a file; its journal lies beside it, and so will the blob.
 * @param store The folder that messages name.
 */
export async function openDiskPart(store: string, path: string): Promise<PartFile> {
  const blobs = dirname(path)
  const journalPath = `${path}.json`
  const { file, journal } = await writing(store, async () => {
    await makeFolder(blobs)
    const kept = await ifThere(open(path, 'r+'))
    const journal = kept && (await ifThere(readFile(journalPath, 'utf8')))
    return { file: kept ?? (await open(path, 'w+')), journal }
  })
  let isOpen = true
  const close = async () => {
    if (isOpen) await file.close()
    isOpen = false
  }
  return {
    journal,
    saveJournal: (text) =>
      writing(store, () =>
        writeAtomically(journalPath, new TextEncoder().encode(text)).catch((error) => {
          // The older journal is right, too: to go on later would fetch a little more.
          if (!isBusy(error)) throw error
        }),
      ),
    write: (offset, bytes) => writing(store, () => writeFully(file, offset, bytes)),
    async read(offset, length) {
      const bytes = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
        if (bytesRead === 0) throw new ModelFilesError({ path, problem: `ends at byte ${offset + done}` })
        done += bytesRead
      }
      return bytes
    },
    commit: (blob, size) =>
      writing(store, async () => {
        await file.truncate(size)
        await flush(file)
        await close()
        await replaceFile(path, join(blobs, blob)).catch(async (error) => {
          // Somebody who wrote the same part at the same time was faster: it is the same file.
          if ((await ifThere(stat(join(blobs, blob))))?.size !== size) throw error
        })
        await rm(journalPath, { force: true })
      }),
    discard: () =>
      writing(store, async () => {
        await close()
        await rm(path, { force: true })
        await rm(journalPath, { force: true })
      }),
    close,
  }
}

async function writeFully(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done)
    done += bytesWritten
  }
}
