import { randomUUID } from 'node:crypto'
import { link, open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeFolder } from '../files/make-folder.ts'
import { patiently } from '../files/patiently.ts'
import { replaceFile } from '../files/replace-file.ts'
import { ifThere } from './disk-problem.ts'

/** Milliseconds between two tries. */
const pollInterval = 100
/** Milliseconds between two signs of life of the holder. */
const heartbeat = 5000

/**
 * Waits until no process holds the lock file, then makes it. A holder that died is recognised by its process id, on another
 * machine by its silence. Silence counts only while this process watched: a machine that slept, or whose clock is another,
 * makes all look silent. It counts on this machine, too, because after a restart the id may be that of another process.
 * A lock of another machine that is old by its time is watched for two signs of life only.
 *
 * The lock saves work; nothing relies on it to be right. If it should fail, two processes write the same bytes to the same
 * part, whose hash is checked before it becomes a blob. Python's locks (`flock`) cannot be taken from Node; its parts have
 * other names.
 * @param silence Milliseconds without a sign of life after which a holder is taken for dead.
 * @returns A function that lets go.
 */
export async function lockFile(path: string, signal?: AbortSignal, silence = 60_000): Promise<() => Promise<void>> {
  const owner = JSON.stringify({ process: process.pid, host: hostname(), id: randomUUID() })
  await makeFolder(dirname(path))
  let watched: Watched = { lastSign: undefined, milliseconds: 0 }
  for (;;) {
    signal?.throwIfAborted()
    if (await create(path, owner)) return hold(path, owner)
    const lastSign = (await patiently(() => ifThere(stat(path))))?.mtimeMs
    watched = { lastSign, milliseconds: lastSign === watched.lastSign ? watched.milliseconds + pollInterval : 0 }
    await takeFromDead(path, watched, silence)
    await pause(pollInterval, undefined, signal && { signal }).catch((error) => {
      throw signal?.aborted ? signal.reason : error
    })
  }
}

/** The holder's last sign of life, and for how long it has been watched since. */
interface Watched {
  readonly lastSign: number | undefined
  readonly milliseconds: number
}

async function create(path: string, owner: string): Promise<boolean> {
  // Of a lock that is just being removed Windows refuses everything for a moment.
  const file = await patiently(() => open(path, 'wx')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  if (!file) return false
  try {
    await file.writeFile(owner).finally(() => file.close())
  } catch (error) {
    // On a full disk: an empty lock would be nobody's, and all would wait for it.
    await rm(path, { force: true }).catch(() => undefined)
    throw error
  }
  return true
}

function hold(path: string, owner: string): () => Promise<void> {
  const timer = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined)
  }, heartbeat)
  timer.unref()
  return async () => {
    clearInterval(timer)
    if ((await read(path)) === owner) await patiently(() => rm(path, { force: true }))
  }
}

async function takeFromDead(path: string, watched: Watched, silence: number): Promise<void> {
  const owner = await read(path)
  if (owner === undefined || watched.lastSign === undefined) return
  const state = stateOf(owner)
  // By the other machine's clock, which may be wrong: a holder that lives gives a sign while it is watched.
  const looksOld = state === 'elsewhere' && Date.now() - watched.lastSign >= silence
  const enough = looksOld ? Math.min(silence, 2 * heartbeat) : silence
  if (state !== 'dead' && watched.milliseconds < enough) return
  // Of several that see the dead lock, one succeeds in renaming it.
  const aside = `${path}.${randomUUID()}`
  if ((await ifThere(replaceFile(path, aside).then(() => true))) === undefined) return
  // In between the lock may have become somebody's: then it is given back.
  if ((await read(aside)) !== owner) await link(aside, path).catch(() => undefined)
  await patiently(() => rm(aside, { force: true }))
}

/** Who holds the lock; undefined if it is gone. */
async function read(path: string): Promise<string | undefined> {
  return patiently(() => ifThere(readFile(path, 'utf8')))
}

/** What the process id tells; of another machine's nothing. */
function stateOf(owner: string): 'dead' | 'alive' | 'elsewhere' {
  try {
    const holder = JSON.parse(owner) as { readonly process: number; readonly host: string }
    if (holder.host !== hostname()) return 'elsewhere'
    process.kill(holder.process, 0)
    return 'alive'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ESRCH' ? 'dead' : code === 'EPERM' ? 'alive' : 'elsewhere'
  }
}
