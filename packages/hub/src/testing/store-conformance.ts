import type { FileStore, RepositoryStore } from '../store/file-store.ts'

/** One requirement, for any test runner: `for (const { name, run } of storeConformance(…)) test(name, run)`. */
export interface StoreConformanceCase {
  readonly name: string
  run(): Promise<void>
}

/**
 * What every store must do.
 * @param createStore Makes an empty store. @param reopen Opens it once more, as another process would; by default there is
 * no other process and the same store is used.
 */
export function storeConformance(
  createStore: () => Promise<FileStore>,
  reopen: (store: FileStore) => Promise<FileStore> = async (store) => store,
): readonly StoreConformanceCase[] {
  const cases: Record<string, (store: FileStore) => Promise<void>> = {
    'an empty store has nothing': async (store) => {
      const repository = store.repository(id)
      equal(await store.repositories(), [])
      equal(await repository.commits(), [])
      equal(await repository.files(commit), [])
      equal([await repository.readRef('main'), await repository.readListing(commit)], [undefined, undefined])
      equal(await repository.blobSize(blob), undefined)
      await fails(repository.open(commit, 'unet/config.json'), /no such file/)
      equal(await repository.remove(), 0)
    },
    'a part becomes a blob that a snapshot shows': async (store) => {
      const repository = store.repository(id)
      await fill(repository, 'hello')
      await repository.link(commit, 'unet/config.json', blob)
      await repository.link(commit, 'a.json', blob)
      await repository.writeRef('refs/pr/1', commit)
      const again = await reopen(store)
      equal(await again.repositories(), [id])
      const other = again.repository(id)
      equal(await other.blobSize(blob), 5)
      equal(await other.commits(), [commit])
      equal(
        (await other.files(commit)).map(({ path, size }) => ({ path, size })),
        [
          { path: 'a.json', size: 5 },
          { path: 'unet/config.json', size: 5 },
        ],
      )
      const file = await other.open(commit, 'unet/config.json')
      equal([file.name, file.size, text(await file.read(1, 3))], ['unet/config.json', 5, 'ell'])
      equal(await other.readRef('refs/pr/1'), commit)
    },
    'a link and a ref can be changed': async (store) => {
      const repository = store.repository(id)
      const second = 'c'.repeat(64)
      await fill(repository, 'hello')
      await fill(repository, 'other', second)
      await repository.link(commit, 'a.json', blob)
      await repository.link(commit, 'a.json', second)
      await repository.writeRef('main', commit)
      await repository.writeRef('main', 'd'.repeat(40))
      equal(text(await (await repository.open(commit, 'a.json')).read(0, 5)), 'other')
      equal(await repository.readRef('main'), 'd'.repeat(40))
    },
    'a listing comes back as it was written': async (store) => {
      const files = [
        { path: 'a.json', size: 5, hash: { algorithm: 'git-sha1', hex: 'a'.repeat(40) }, gitId: 'a'.repeat(40) },
        { path: 'unet/w.bin', size: 7, hash: { algorithm: 'sha256', hex: 'b'.repeat(64) }, gitId: 'c'.repeat(40) },
        { path: 'vqvae/w.pdparams', size: 9 },
      ] as const
      await store.repository(id).writeListing(commit, files)
      equal(await (await reopen(store)).repository(id).readListing(commit), files)
    },
    'a part and its journal outlive the process': async (store) => {
      const part = await store.repository(id).openPart(blob)
      equal(part.journal, undefined)
      await part.write(6, bytes('world'))
      await part.saveJournal('6…11')
      await part.close()
      const repository = (await reopen(store)).repository(id)
      const again = await repository.openPart(blob)
      equal([again.journal, text(await again.read(6, 5))], ['6…11', 'world'])
      await again.write(0, bytes('hello '))
      equal(await repository.blobSize(blob), undefined)
      await again.commit(blob, 8)
      await again.close()
      await repository.link(commit, 'a.txt', blob)
      equal(text(await (await repository.open(commit, 'a.txt')).read(0, 8)), 'hello wo')
      const fresh = await repository.openPart(blob)
      equal(fresh.journal, undefined)
      await fresh.discard()
    },
    'parts opened at the same time stay apart': async (store) => {
      const repository = store.repository(id)
      const names = ['1', '2', '3'].map((digit) => digit.repeat(64))
      const parts = await Promise.all(names.map((name) => repository.openPart(name)))
      await Promise.all(parts.map((part, i) => part.write(0, bytes(`part ${i}`))))
      await Promise.all(parts.map((part, i) => part.saveJournal(`journal ${i}`)))
      await Promise.all(parts.map((part, i) => part.commit(names[i]!, 6)))
      await Promise.all(names.map((name, i) => repository.link(commit, `${i}.txt`, name)))
      const files = await Promise.all(names.map((_, i) => repository.open(commit, `${i}.txt`)))
      equal(await Promise.all(files.map(async (file) => text(await file.read(0, 6)))), ['part 0', 'part 1', 'part 2'])
    },
    'a discarded part leaves nothing': async (store) => {
      const repository = store.repository(id)
      const part = await repository.openPart(blob)
      await part.write(0, bytes('wrong'))
      await part.saveJournal('x')
      await part.discard()
      await part.close()
      const again = await repository.openPart(blob)
      equal(again.journal, undefined)
      await again.discard()
      equal(await repository.blobSize(blob), undefined)
    },
    'a lock is held by one at a time': async (store) => {
      const [one, other] = [store.repository(id), (await reopen(store)).repository(id)]
      const events: string[] = []
      const unlock = await one.lock(blob)
      const second = other.lock(blob).then(async (unlock) => {
        events.push('second')
        await unlock()
      })
      const free = await other.lock('another')
      await free()
      await new Promise((resolve) => setTimeout(resolve, 50))
      events.push('first lets go')
      await unlock()
      await second
      equal(events, ['first lets go', 'second'])
      await (await one.lock(blob))()
    },
    'waiting for a lock can be aborted': async (store) => {
      const repository = store.repository(id)
      const unlock = await repository.lock(blob)
      const controller = new AbortController()
      const waiting = repository.lock(blob, controller.signal)
      let isHeld = false
      const behind = repository.lock(blob).then((unlock) => {
        isHeld = true
        return unlock
      })
      controller.abort(new Error('stop'))
      await fails(waiting, /^stop$/)
      await new Promise((resolve) => setTimeout(resolve, 20))
      equal(isHeld, false)
      await fails(repository.lock('x', AbortSignal.abort(new Error('before'))), /^before$/)
      await unlock()
      await (await behind)()
      await (await repository.lock(blob))()
    },
    'a file or everything can be removed': async (store) => {
      const repository = store.repository(id)
      await fill(repository, 'hello')
      await fill(repository, 'second', 'c'.repeat(64))
      await repository.link(commit, 'a.json', blob)
      await repository.link(commit, 'b.json', 'c'.repeat(64))
      await repository.removeFile(commit, 'a.json')
      equal(await repository.blobSize(blob), undefined)
      equal(
        (await repository.files(commit)).map(({ path }) => path),
        ['b.json'],
      )
      await repository.link(commit, 'c.json', 'c'.repeat(64))
      await repository.removeFile(commit, 'b.json')
      // What is left of its content is a name.
      equal(await repository.files(commit), [])
      await fill(repository, 'second', 'c'.repeat(64))
      const freed = await repository.remove()
      if (freed < 6) throw new Error(`6 bytes were kept; ${freed} were set free`)
      equal(await store.repositories(), [])
    },
  }
  return Object.entries(cases).map(([name, check]) => ({
    name,
    run: async () => check(await createStore()),
  }))
}

const id = 'org/name'
const commit = 'e'.repeat(40)
const blob = 'b'.repeat(64)

async function fill(repository: RepositoryStore, content: string, name = blob): Promise<void> {
  const part = await repository.openPart(name)
  await part.write(0, bytes(content))
  await part.commit(name, content.length)
  await part.close()
}

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

function text(value: Uint8Array): string {
  return new TextDecoder().decode(value)
}

function equal(actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) throw new Error(`expected ${b}; got ${a}`)
}

async function fails(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => new Error('no error came'),
    (reason: unknown) => reason,
  )
  if (!message.test((error as Error).message)) throw new Error(`another error was expected; got ${String(error)}`)
}
