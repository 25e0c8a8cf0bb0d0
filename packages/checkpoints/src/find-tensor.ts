import { type DType, WeightError } from '@latentkit/core'
import { requireReadable } from './read-tensor.ts'
import type { TensorEntry, TensorIndex } from './tensor-index.ts'

/**
 * The tensor of this name, of a type that can be read.
 * @throws WeightError if there is none; CheckpointError if its element type cannot be read.
 */
export function findTensor(index: TensorIndex, name: string): TensorEntry<DType> {
  const entry = index.tensors.get(name)
  if (entry === undefined) {
    const nearest = nearestName(index, name)
    throw new WeightError({
      tensor: name,
      problem: `is missing from ${index.name} (${index.tensors.size} tensors${nearest ? `; nearest: "${nearest}"` : ''})`,
    })
  }
  requireReadable(entry)
  return entry
}

/** The name that shares the longest beginning and end with the wanted one. */
function nearestName(index: TensorIndex, wanted: string): string | undefined {
  let nearest: string | undefined
  let most = 0
  for (const name of index.tensors.keys()) {
    const shared = sharedEnds(name, wanted)
    if (shared > most) [nearest, most] = [name, shared]
  }
  return nearest
}

function sharedEnds(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let start = 0
  while (start < length && a[start] === b[start]) start++
  let end = 0
  while (end < length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  return start + end
}
