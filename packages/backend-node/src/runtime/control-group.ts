import { readFileSync } from 'node:fs'
import { posix } from 'node:path'

/** Gives the text of a file of the system's; undefined where there is none. */
export type ReadText = (path: string) => string | undefined

const root = '/sys/fs/cgroup'

/**
 * The folders in which Linux tells what this process's control group, as of a container or a service, takes and may take: its own
 * first, then those of the groups that it lies in. Empty where there is none.
 *
 * Either of version 2, or of version 1, which has a tree for each controller and where a container does not see its own name.
 * @param controller `memory` or `cpu`
 */
export function groupFolders(controller: string, read: ReadText = readText): readonly string[] {
  const groups = read('/proc/self/cgroup') ?? ''
  const first = new RegExp(`^\\d+:(?:[^:\\n]+,)?${controller}(?:,[^:\\n]+)?:(.*)`, 'm').exec(groups)
  if (first) return upwards(posix.join(root, controller), first[1]!)
  const second = /^0::(.*)/m.exec(groups)
  return second ? upwards(root, second[1]!) : []
}

/** The text of a file of the system's; undefined where there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function upwards(top: string, path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '')
  return Array.from({ length: names.length + 1 }, (_, i) => posix.join(top, ...names.slice(0, names.length - i)))
}
