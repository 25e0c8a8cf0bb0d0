import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ifThere } from './disk-problem.ts'

/** Milliseconds between two tries. */
const pollInterval = 100
/** Milliseconds between two signs of life of the holder. */
const heartbeat = 5000
/** Milliseconds without a sign of life after which a holder is taken for dead. */
const staleAfter = 60_000

/**
 * Waits until no process holds the lock file, then makes it. A holder that died is recognised by its process id, on another
 * machine by its silence.
 *
 * The lock saves work; nothing relies on it to be right. If it should fail, two processes write the same bytes to the same
 * part, whose hash is checked before it becomes a blob. Python's locks (`flock`) cannot be taken from Node; its parts have
 * other names.
 * @returns A function that lets go.
 */
export async function lockFile(path: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  const owner = JSON.stringify({ process: process.pid, host: hostname(), id: randomUUID() })
  await mkdir(dirname(path), { recursive: true })
  for (;;) {
    signal?.throwIfAborted()
    if (await create(path, owner)) return hold(path, owner)
    await takeFromDead(path)
    await pause(pollInterval, undefined, signal && { signal }).catch((error) => {
      throw signal?.aborted ? signal.reason : error
    })
  }
}

async function create(path: string, owner: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    try {
      await file.writeFile(owner)
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function hold(path: string, owner: string): () => Promise<void> {
  const timer = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined)
  }, heartbeat)
  timer.unref()
  return async () => {
    clearInterval(timer)
    if ((await ifThere(readFile(path, 'utf8'))) === owner) await rm(path, { force: true })
  }
}

async function takeFromDead(path: string): Promise<void> {
  const [owner, status] = await Promise.all([ifThere(readFile(path, 'utf8')), ifThere(stat(path))])
  if (owner === undefined || status === undefined) return
  if (Date.now() - status.mtimeMs < staleAfter && !isDead(owner)) return
  // Of several that see the dead lock, one succeeds in renaming it.
  const aside = `${path}.${randomUUID()}`
  if ((await ifThere(rename(path, aside).then(() => true))) === undefined) return
  // In between the lock may have become somebody's: then it is given back.
  if ((await readFile(aside, 'utf8')) !== owner) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

function isDead(owner: string): boolean {
  try {
    const holder = JSON.parse(owner) as { readonly process: number; readonly host: string }
    if (holder.host !== hostname()) return false
    process.kill(holder.process, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
