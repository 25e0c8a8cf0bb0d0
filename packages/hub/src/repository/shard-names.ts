import { RepositoryError } from '../errors/index.ts'
import { isSafePath } from './safe-path.ts'

/** Files that weights may lie in; the largest models have two hundred. */
const mostShards = 1000

/**
 * The files that the map of a sharded file names, which lie beside it.
 * @param index What an `*.index.json` holds, parsed. @param path Its path, for messages.
 * @throws RepositoryError if it names none, too many, or something else than files beside it.
 */
export function shardNames(index: unknown, repository: string, path: string): readonly string[] {
  const map = (index as { readonly weight_map?: unknown } | null)?.weight_map
  const names: readonly unknown[] = [...new Set(Object.values(map ?? {}))]
  if (names.length > mostShards) {
    const problem = `${path} names ${names.length} files; expected at most ${mostShards}`
    throw new RepositoryError({ repository, problem })
  }
  if (names.length > 0 && names.every(isFileName)) return names
  throw new RepositoryError({ repository, problem: `the weight_map of ${path} does not name the files beside it` })
}

function isFileName(name: unknown): name is string {
  return typeof name === 'string' && isSafePath(name) && !name.includes('/')
}
