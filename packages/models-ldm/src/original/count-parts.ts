import type { TensorIndex } from '@latentkit/checkpoints'
import { CheckpointError } from '@latentkit/core'

/** How many parts `<prefix>.0`, `<prefix>.1`, … a network has, by the names of its tensors. */
export function countParts({ tensors }: TensorIndex, prefix: string): number {
  const names = [...tensors.keys()]
  let count = 0
  while (names.some((name) => name.startsWith(`${prefix}.${count}.`))) count++
  return count
}

/** True if a network has a part of this name. */
export function hasPart({ tensors }: TensorIndex, prefix: string): boolean {
  return [...tensors.keys()].some((name) => name.startsWith(`${prefix}.`))
}

/**
 * One size of a tensor's shape.
 * @throws CheckpointError if there is no such tensor, or it has no such axis.
 */
export function sizeOf({ name: file, tensors }: TensorIndex, tensor: string, axis: number): number {
  const size = tensors.get(tensor)?.shape[axis]
  if (size !== undefined) return size
  const problem = tensors.has(tensor) ? `has no axis ${axis}` : 'is missing, so that the network cannot be told from it'
  throw new CheckpointError({ file, tensor, problem })
}
