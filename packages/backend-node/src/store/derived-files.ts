import { createHash, type Hash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, readFile, rm, stat, statfs } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type DerivedFile, LatentkitError, type RandomAccessFile } from '@latentkit/core'
import { openDiskFile } from '../files/disk-file.ts'
import { flush } from '../files/flush.ts'
import { makeFolder } from '../files/make-folder.ts'
import { replaceFile } from '../files/replace-file.ts'
import { isSystemError } from '../files/system-error.ts'
import { writeAtomically } from '../files/write-atomically.ts'
import { lockFile } from './disk-lock.ts'
import { ifThere } from './disk-problem.ts'

/** In each folder: the paths of the files that the one in it was made from. */
const sourcesName = 'sources.json'

/**
 * Keeps files that are made from others, in a folder of its own for each recipe and set of sources: `<key>-<sha256>`, where the key is
 * the hash of recipe and sources (path, device, number, size, times of content and entry, so that a source that was replaced
 * or written is another one) and the SHA-256 that of the content, which is checked each time. It is written under another name, flushed and renamed. One that
 * was made from an earlier state of the sources, or whose sources are gone, is removed when another one is made.
 * @returns A function for `ModelFiles.derive`. It rejects only if making fails, not if keeping does.
 */
export function createDerivedFiles(folder: string): (file: DerivedFile) => Promise<RandomAccessFile | undefined> {
  return async (derived) => {
    const paths = derived.sources.map(({ localPath }) => localPath)
    if (paths.length === 0 || !paths.every((path) => path !== undefined)) return undefined
    try {
      const place = join(folder, sha256(JSON.stringify([derived.recipe, ...paths])).slice(0, 32))
      const key = await keyOf(derived.recipe, paths)
      const kept = await findKept(place, key, derived.size)
      if (kept) return kept
      await makeFolder(place)
      const unlock = await lockFile(join(place, 'lock'))
      try {
        return (await findKept(place, key, derived.size)) ?? (await keep(derived, paths, place, key))
      } finally {
        await unlock()
        await removeOrphans(folder).catch(() => undefined)
      }
    } catch (error) {
      // Whatever the disk refuses, the work can be done without.
      if (LatentkitError.isInstance(error) || !isSystemError(error)) throw error
      return undefined
    }
  }
}

async function keyOf(recipe: string, paths: readonly string[]): Promise<string> {
  const states = paths.map(async (path) => {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [path, dev, ino, size, mtimeNs, ctimeNs].join()
  })
  return sha256(JSON.stringify([recipe, ...(await Promise.all(states))])).slice(0, 32)
}

/** The file of this key, if it is there and still what it was. */
async function findKept(place: string, key: string, size: number): Promise<RandomAccessFile | undefined> {
  const name = (await ifThere(readdir(place)))?.find((name) => name.startsWith(`${key}-`))
  if (name === undefined) return undefined
  const path = join(place, name)
  const isRight = (await stat(path)).size === size && name === `${key}-${await hashOfFile(path)}`
  if (isRight) return openDiskFile(path, `kept copies ${name}`)
  await rm(path, { force: true })
  return undefined
}

async function keep(
  derived: DerivedFile,
  paths: readonly string[],
  place: string,
  key: string,
): Promise<RandomAccessFile | undefined> {
  // Only under the lock: what is left of processes that were killed while they wrote.
  for (const name of await readdir(place)) {
    if (/^\.[0-9a-f]+\.part$/.test(name)) await rm(join(place, name), { force: true })
  }
  const { bavail, bsize } = await statfs(place)
  if (bavail * bsize < derived.size) return undefined
  // First, so that what a killed process leaves goes with its sources.
  await writeAtomically(join(place, sourcesName), new TextEncoder().encode(JSON.stringify(paths)))
  const temporary = join(place, `.${randomBytes(4).toString('hex')}.part`)
  try {
    const sha = await write(temporary, derived)
    // What was written meanwhile may be in it or not.
    if ((await keyOf(derived.recipe, paths)) !== key) return undefined
    for (const old of await readdir(place)) {
      if (/^[0-9a-f]{32}-/.test(old)) await rm(join(place, old), { force: true })
    }
    const path = join(place, `${key}-${sha}`)
    await replaceFile(temporary, path)
    return openDiskFile(path, `kept copies ${basename(path)}`)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** @returns The SHA-256 of what was written. */
async function write(path: string, derived: DerivedFile): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path, 'wx')
  try {
    await derived.make(async (bytes) => {
      hash.update(bytes)
      await file.writeFile(bytes)
    })
    await flush(file)
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}

/** Removes what was made from files that are gone. */
export async function removeOrphans(folder: string): Promise<void> {
  for (const name of (await ifThere(readdir(folder))) ?? []) {
    const text = await ifThere(readFile(join(folder, name, sourcesName), 'utf8'))
    if (text === undefined) continue
    const found = await Promise.all(parsePaths(text).map((path) => ifThere(stat(path))))
    if (found.includes(undefined)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** What cannot be read names a file that is not there. */
function parsePaths(text: string): readonly string[] {
  try {
    return JSON.parse(text)
  } catch {
    return ['']
  }
}

async function hashOfFile(path: string): Promise<string> {
  const hash: Hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 2 ** 20 })) hash.update(chunk)
  return hash.digest('hex')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
