import { CheckpointError, type ModelFiles, readJson } from '@latentkit/core'
import { readCheckpoint } from './read-checkpoint.ts'
import type { TensorIndex } from './tensor-index.ts'

/**
 * Reads a weight file that was cut into shards, by its `*.index.json`, whose `weight_map` says in which shard each tensor lies.
 * @param path The path of the `*.index.json`; the shards lie beside it.
 * @throws CheckpointError if the map and the shards do not agree; ModelFilesError if a file is missing.
 */
export async function readSharded(files: ModelFiles, path: string): Promise<TensorIndex> {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const map = parseWeightMap(await readJson(files, path), path)
  const names = [...new Set(map.values())]
  const shards = new Map<string, TensorIndex>()
  for (const name of names) shards.set(name, await readCheckpoint(await files.open(folder + name)))

  const tensors = new Map([...map].map(([tensor, shard]) => [tensor, requireEntry(shards.get(shard)!, tensor, path)]))
  for (const shard of shards.values()) {
    const extra = [...shard.tensors.keys()].find((tensor) => tensors.get(tensor) !== shard.tensors.get(tensor))
    if (extra !== undefined)
      throw new CheckpointError({
        file: path,
        tensor: extra,
        problem: `lies in ${shard.name}, which weight_map does not say`,
      })
  }
  const [first, ...others] = [...shards.values()] as [TensorIndex, ...TensorIndex[]]
  const different = others.find((one) => one.format !== first.format || one.linearLayout !== first.linearLayout)
  if (different) {
    const problem = `mixes shards of unlike kinds: ${first.name} and ${different.name}`
    throw new CheckpointError({ file: path, problem })
  }
  return Object.freeze({ ...first, name: path, tensors })
}

function parseWeightMap(index: Readonly<Record<string, unknown>>, file: string): Map<string, string> {
  const map = index.weight_map
  const entries = typeof map === 'object' && map !== null ? Object.entries(map) : []
  if (entries.length === 0) throw new CheckpointError({ file, problem: 'has no weight_map from tensors to shards' })
  for (const [tensor, shard] of entries) {
    if (typeof shard !== 'string' || !/^[^/\\]+$/.test(shard) || shard === '..' || shard === '.') {
      const problem = `lies in ${JSON.stringify(shard)}, expected the name of a file in the same folder`
      throw new CheckpointError({ file, tensor, problem })
    }
  }
  return new Map(entries as [string, string][])
}

function requireEntry(shard: TensorIndex, tensor: string, file: string) {
  const entry = shard.tensors.get(tensor)
  if (entry) return entry
  throw new CheckpointError({ file, tensor, problem: `is not in ${shard.name}, where weight_map says it is` })
}
