import { posix } from 'node:path'
import { groupFolders, type ReadText, readText } from './control-group.ts'

/**
 * Bytes of files that Linux keeps in the memory of this process's container (its control group), as after reading or writing
 * them. 0 where there is no such group, or nothing tells.
 */
export function cachedFiles(read: ReadText = readText): number {
  for (const folder of groupFolders('memory', read)) {
    const statistics = read(posix.join(folder, 'memory.stat'))
    if (statistics !== undefined) return bytesOf(statistics, 'inactive_file') + bytesOf(statistics, 'active_file')
  }
  return 0
}

/** With the groups below it, which version 1 tells apart. */
function bytesOf(statistics: string, name: string): number {
  const found =
    new RegExp(`^total_${name} (\\d+)`, 'm').exec(statistics) ?? new RegExp(`^${name} (\\d+)`, 'm').exec(statistics)
  return Number(found?.[1] ?? 0)
}
