import { realpath, stat } from 'node:fs/promises'

/**
 * What tells a file from every other one, whatever name it is called by: through links, and in other letters where a disk takes
 * capitals and small letters for the same, which its path does not tell. Undefined where there is none.
 */
export async function identifyFile(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    // Some disks number nothing.
    return ino === 0n ? await realpath(path) : `${dev}:${ino}`
  } catch {
    return undefined
  }
}
