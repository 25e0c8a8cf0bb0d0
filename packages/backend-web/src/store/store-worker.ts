/** The worker that writes the store's files: only a worker can write in place, and it keeps the page free. */
import { makeFolder, type PrivateFile, replaceFile, type SyncAccessHandle } from './private-files.ts'
import type { FilePath, StoreAnswer, StoreRequest, StoreRequests } from './store-messages.ts'

interface OpenFile {
  readonly handle: PrivateFile
  readonly access: SyncAccessHandle
}

const page = globalThis as unknown as { postMessage(message: StoreAnswer, transfer?: ArrayBuffer[]): void }
const files = new Map<number, OpenFile>()
let opened = 0

async function openFile(path: FilePath): Promise<OpenFile> {
  const folder = await makeFolder(path.slice(0, -1))
  const handle = (await folder.getFileHandle(path.at(-1)!, { create: true })) as PrivateFile
  return { handle, access: await handle.createSyncAccessHandle() }
}

function writeFully({ access }: OpenFile, offset: number, bytes: Uint8Array): void {
  const written = access.write(bytes, { at: offset })
  // Where there is no room, some browsers write a part; Chromium 156 returns −8 as an unsigned number.
  if (written !== bytes.length) throw new DOMException('only a part could be written', 'QuotaExceededError')
}

const handlers: {
  [K in keyof StoreRequests]: (
    body: StoreRequests[K]['sent'],
  ) => StoreRequests[K]['answer'] | Promise<StoreRequests[K]['answer']>
} = {
  async writeText({ path, text }) {
    const temporary = [...path.slice(0, -1), `${crypto.randomUUID()}.tmp`]
    const file = await openFile(temporary)
    try {
      writeFully(file, 0, new TextEncoder().encode(text))
      file.access.flush()
    } finally {
      file.access.close()
    }
    await replaceFile(file.handle, path)
    return null
  },
  async open({ path }) {
    const file = ++opened
    files.set(file, await openFile(path))
    return { file }
  },
  write({ file, offset, bytes }) {
    writeFully(files.get(file)!, offset, bytes)
    return null
  },
  read({ file, offset, length }) {
    const bytes = new Uint8Array(length)
    const count = files.get(file)!.access.read(bytes, { at: offset })
    if (count < length) throw new DOMException(`ends at byte ${offset + count}`, 'NotReadableError')
    return bytes
  },
  flush({ file }) {
    files.get(file)!.access.flush()
    return null
  },
  async finish({ file, size, path }) {
    const { access, handle } = files.get(file)!
    access.truncate(size)
    access.flush()
    access.close()
    files.delete(file)
    await replaceFile(handle, path)
    return null
  },
  close({ file }) {
    files.get(file)?.access.close()
    files.delete(file)
    return null
  },
}

addEventListener('message', async ({ data: { id, kind, body } }: MessageEvent<StoreRequest>) => {
  try {
    const answer = await handlers[kind](body as never)
    page.postMessage({ id, answer }, answer instanceof Uint8Array ? [answer.buffer as ArrayBuffer] : [])
  } catch (error) {
    const { name, message } = error as Error
    page.postMessage({ id, error: { name, message } })
  }
})
