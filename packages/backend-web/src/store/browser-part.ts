import type { PartFile } from '@latentkit/hub'
import { findFile, readText, removeEntry } from './private-files.ts'
import { storing } from './storage-problem.ts'
import type { AskStore } from './store-connection.ts'
import type { FilePath } from './store-messages.ts'

/** Opens a part, `<key>.part` in the folder of the blobs; its journal lies beside it, and so will the blob. */
export async function openBrowserPart(ask: AskStore, blobs: FilePath, key: string): Promise<PartFile> {
  const path = [...blobs, `${key}.part`]
  const journalPath = [...blobs, `${key}.part.json`]
  const journal = (await findFile(path)) && (await readText(journalPath))
  const { file } = await storing(() => ask('open', { path }))
  let isOpen = true
  const close = async () => {
    if (isOpen) await ask('close', { file })
    isOpen = false
  }
  return {
    journal,
    saveJournal: (text) =>
      storing(async () => {
        // The journal must not promise what the machine has not written yet.
        await ask('flush', { file })
        await ask('writeText', { path: journalPath, text })
      }),
    write: (offset, bytes) => storing(async () => void (await ask('write', { file, offset, bytes }))),
    read: (offset, length) => storing(() => ask('read', { file, offset, length })),
    commit: (blob, size) =>
      storing(async () => {
        await ask('finish', { file, size, path: [...blobs, blob] })
        isOpen = false
        await removeEntry(journalPath)
      }),
    discard: () =>
      storing(async () => {
        await close()
        await removeEntry(path)
        await removeEntry(journalPath)
      }),
    close,
  }
}
