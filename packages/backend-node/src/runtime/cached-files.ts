import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = '/sys/fs/cgroup'

/**
 * Bytes of files that Linux keeps in the memory of this process's container (its control group), as after reading or writing
 * them. 0 where there is no such group, or nothing tells.
 * @param read Gives the text of a file of the system's; undefined where there is none.
 */
export function cachedFiles(read: (path: string) => string | undefined = readText): number {
  const groups = read('/proc/self/cgroup') ?? ''
  for (const folder of foldersOf(groups)) {
    const statistics = read(join(folder, 'memory.stat'))
    if (statistics !== undefined) return bytesOf(statistics, 'inactive_file') + bytesOf(statistics, 'active_file')
  }
  return 0
}

/**
 * Where the group's memory may be told, the likeliest first: control groups of version 2, or of version 1, within which a container
 * does not see its own name.
 */
function foldersOf(groups: string): readonly string[] {
  const unified = /^0::(.*)/.exec(groups)
  if (unified) return [join(root, unified[1]!)]
  const memory = /^\d+:memory:(.*)/m.exec(groups)
  return memory ? [join(root, 'memory', memory[1]!), join(root, 'memory')] : []
}

/** With the groups below it, which version 1 tells apart. */
function bytesOf(statistics: string, name: string): number {
  const found =
    new RegExp(`^total_${name} (\\d+)`, 'm').exec(statistics) ?? new RegExp(`^${name} (\\d+)`, 'm').exec(statistics)
  return Number(found?.[1] ?? 0)
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
