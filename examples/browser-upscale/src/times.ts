import { duration } from './progress.ts'

/** Seconds that enlarging takes, by the size as text, as far as they are known; infinite for what memory cannot hold. */
export type Times = ReadonlyMap<string, number>

/** In a sentence; empty if it is not known. @param where Words for the end, such as " on this device". */
export function takes(seconds: number | undefined, where: string): string {
  if (seconds === undefined) return ''
  if (seconds === Infinity) return 'Needs more memory than this page may use.'
  return `Takes ${seconds < 1 ? '' : 'about '}${duration(seconds)}${where}.`
}
