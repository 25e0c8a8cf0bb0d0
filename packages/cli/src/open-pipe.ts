import { constants, openSync } from 'node:fs'
import { lstat, open, realpath, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'

/** Whether a path is that of a pipe: a named one, or what a shell makes of `<(…)`. */
export async function isPipe(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFIFO() ?? false
}

/**
 * Opens a pipe for reading, such that the waiting for whoever writes to it can be given up: as a file it would be opened and
 * read in a thread that nothing can stop, and that the process waits for at its end.
 * @throws The system's error, at once or while it is read.
 */
export async function openPipe(path: string, signal: AbortSignal): Promise<Readable> {
  if (await isNamed(path)) return Readable.from(readNamed(path, signal))
  return new Socket({ fd: openSync(path, reading), readable: true, writable: false })
}

const reading = constants.O_RDONLY | constants.O_NONBLOCK

/** Those of a shell are found below /dev, or nowhere. */
async function isNamed(path: string): Promise<boolean> {
  const place = await realpath(path).catch(() => '/dev')
  return !place.startsWith('/dev') && (await lstat(place)).isFIFO()
}

/** Looks again and again: macOS does not tell that the last who wrote to a named pipe is gone. */
async function* readNamed(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(path, reading)
  try {
    for (let [begun, wait] = [false, 1]; ; wait = Math.min(2 * wait, 50)) {
      const chunk = new Uint8Array(2 ** 16)
      const length = await file.read(chunk).then(({ bytesRead }) => bytesRead, unlessEmpty)
      if (length > 0) {
        yield chunk.subarray(0, length)
        ;[begun, wait] = [true, 0.5]
      }
      // Nothing is also what there is before anybody comes to write.
      else if (length === 0 && begun) return
      else {
        begun ||= length < 0
        await setTimeout(wait, undefined, { signal })
      }
    }
  } finally {
    await file.close()
  }
}

/** Somebody writes to the pipe, and has nothing now. */
function unlessEmpty(error: NodeJS.ErrnoException): number {
  if (error.code === 'EAGAIN') return -1
  throw error
}
