import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds between two tries, 7 s in all: a virus scanner is done with a large file by then. */
const pauses = [20, 50, 100, 200, 500, 1000, 2000, 3200]

/**
 * Runs something that Windows refuses while another program (a virus scanner, an indexer, a viewer) has the file open, or
 * while a removed file is not quite gone: there it is tried again, for 7 s. Elsewhere it is run once.
 * @throws What the last try threw.
 */
export async function patiently<T>(run: () => Promise<T>): Promise<T> {
  for (const milliseconds of process.platform === 'win32' ? pauses : []) {
    try {
      return await run()
    } catch (error) {
      if (!isBusy(error)) throw error
    }
    await pause(milliseconds)
  }
  return run()
}

/** Whether an error may come from another program that has the file open. Windows has no code of its own for that. */
export function isBusy(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return code === 'EBUSY' || (process.platform === 'win32' && ['EACCES', 'EPERM'].includes(code))
}
