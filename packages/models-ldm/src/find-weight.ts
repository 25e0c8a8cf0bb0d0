import { findTensor, type TensorEntry, type TensorIndex } from '@latentkit/checkpoints'
import { type DType, sameShape, WeightError } from '@latentkit/core'

const floats: readonly DType[] = ['float32', 'float16', 'bfloat16', 'float64']

/**
 * The tensor that a network needs. Sizes of 1 at the end of a shape may be missing.
 * @throws WeightError if it is missing, has another shape, or does not hold floating numbers.
 */
export function findWeight(index: TensorIndex, name: string, shape: readonly number[]): TensorEntry<DType> {
  const entry = findTensor(index, name)
  if (!sameShape(withoutTrailingOnes(entry.shape), withoutTrailingOnes(shape))) {
    throw new WeightError({
      tensor: name,
      problem: `has shape [${entry.shape}]; expected [${shape}]`,
      hint: `Does ${index.name} belong to this config.json?`,
    })
  }
  if (!floats.includes(entry.dtype)) {
    throw new WeightError({ tensor: name, problem: `holds ${entry.dtype} values; expected floating numbers` })
  }
  return entry
}

/** @throws WeightError if one of a weight's values is NaN or infinite. */
export function requireFinite({ name, file }: TensorEntry, values: Float32Array): void {
  const position = values.findIndex((value) => !Number.isFinite(value))
  if (position < 0) return
  throw new WeightError({
    tensor: name,
    problem: `holds ${values[position]} at element ${position} in ${file.name}`,
    hint: 'The checkpoint is damaged: get it again.',
  })
}

function withoutTrailingOnes(shape: readonly number[]): readonly number[] {
  return shape.slice(0, shape.findLastIndex((size) => size !== 1) + 1)
}
