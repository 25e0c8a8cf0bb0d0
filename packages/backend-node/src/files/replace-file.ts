import { rename } from 'node:fs/promises'
import { patiently } from './patiently.ts'

/**
 * Renames a file, over another one if there is one. Where Windows refuses that because another program has one of them open
 * at the moment, it is tried again for 7 s.
 * @throws The file system's error; then both files are as they were.
 */
export async function replaceFile(from: string, to: string): Promise<void> {
  await patiently(() => rename(from, to))
}
