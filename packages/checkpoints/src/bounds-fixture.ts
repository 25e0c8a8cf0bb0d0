import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What reading the index of any file may take, however it was made. */
export const mostSeconds: number = 2
export const mostBytes: number = 200 * 2 ** 20

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Linux tells the highest resident memory of a process, and forgets it when asked to. */
const canMeasure = existsSync('/proc/self/clear_refs')
const residentBytes = (key: 'VmHWM' | 'VmRSS'): number =>
  Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024

/** What some work took. */
export interface Taken {
  /** Of the processor, so that other work on the machine does not count. */
  readonly seconds: number
  /** By which resident memory grew at most while it ran; 0 where the system does not tell. */
  readonly bytes: number
}

/** Runs something and measures it. Failures are for `run` to catch. */
export async function measure(run: () => Promise<void>): Promise<Taken> {
  collectGarbage()
  if (canMeasure) writeFileSync('/proc/self/clear_refs', '5')
  const before = canMeasure ? residentBytes('VmRSS') : 0
  const start = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(start)
  return { seconds: (user + system) / 1e6, bytes: canMeasure ? residentBytes('VmHWM') - before : 0 }
}
