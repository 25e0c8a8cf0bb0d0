import { CheckpointError, elementCount } from '@latentkit/core'
import { joinedFile } from '../joined-file.ts'
import { countsIn } from '../pickle/counts.ts'
import { isKind, namedValues, type PickleValue } from '../pickle/values.ts'
import { bitsPerElement } from '../stored-dtype.ts'
import { tensorEntry } from '../tensor-entry.ts'
import type { TensorEntry } from '../tensor-index.ts'

/** Where Paddle says which arrays it cut: before protocol 4 nothing above 1 GiB goes into a pickle in one piece. */
const sliceInfo = 'UnpackBigParamInfor@@'

/**
 * Puts arrays that were cut into flat slices (`name@@.0`, `name@@.1`, …) together again, under their own name.
 * @param root What the pickle holds; it says which slices make which array of which shape.
 * @throws CheckpointError if a slice is missing, or the slices do not make the shape.
 */
export function joinSlices(
  entries: ReadonlyMap<string, TensorEntry>,
  root: PickleValue,
  file: string,
): ReadonlyMap<string, TensorEntry> {
  const info = isKind(root, 'dict') ? namedValues(root).get(sliceInfo) : undefined
  if (!isKind(info, 'dict')) return entries
  const joined = new Map(entries)
  // A slice belongs to one array; else few bytes could make much of it.
  const take = (key: string): TensorEntry | undefined => {
    const slice = entries.has(key) ? joined.get(key) : undefined
    joined.delete(key)
    return slice
  }
  for (const [name, description] of namedValues(info)) {
    const refuse = (problem: string): never => {
      throw new CheckpointError({ file, tensor: name, problem })
    }
    const fields = isKind(description, 'dict') ? namedValues(description) : new Map<string, PickleValue>()
    const shape = countsIn(fields.get('OriginShape')) ?? refuse('was cut into slices, but has no shape')
    const list = fields.get('slices')
    const slices = (isKind(list, 'list', 'tuple') ? list.items : []).map(
      (key) => take(String(key)) ?? refuse('was cut into slices, of which one is missing or used twice'),
    )
    const dtype = slices[0]?.dtype ?? refuse('was cut into no slices')
    const byteLength = slices.reduce((sum, slice) => sum + slice.byteLength, 0)
    if (
      byteLength !== (elementCount(shape) * bitsPerElement(dtype)) / 8 ||
      slices.some((s) => s.dtype !== dtype || s.strides)
    ) {
      refuse(`was cut into slices that do not make its shape [${shape.join(', ')}]`)
    }
    joined.set(name, tensorEntry({ name, dtype, shape, file: joinedFile(name, slices), offset: 0 }))
  }
  return joined
}
