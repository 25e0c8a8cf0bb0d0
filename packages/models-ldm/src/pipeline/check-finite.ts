import { isReadableDType, readTensor, type TensorEntry } from '@latentkit/checkpoints'
import { type DType, InvalidArgumentError, LatentkitError, type Tensor, widenToFloat32 } from '@latentkit/core'
import { requireFinite } from '../find-weight.ts'
import type { WeightSource } from '../weight-source.ts'

/** A network's output holds NaN or infinity. Code `not_finite`. */
export class NotFiniteError extends LatentkitError {
  static override readonly code = 'not_finite'
  constructor(what: string) {
    super(new.target.code, `${what} holds values that are no finite numbers, though all weights are finite.`, {
      hint: 'With half precision, compute in float32; else try another device.',
    })
  }
}

/**
 * Refuses an output with NaN or infinity, and finds the weight that caused it if it is one of these.
 * @throws WeightError naming the first weight that is not finite; NotFiniteError if all are.
 */
export async function checkFinite(output: Tensor<'float32'>, what: string, weights?: WeightSource): Promise<void> {
  if (allFinite(output)) return
  for (const entry of weights?.index.tensors.values() ?? []) {
    if (!isReadableDType(entry.dtype)) continue
    requireFinite(entry, widenToFloat32(await readTensor(entry as TensorEntry<DType>)).data)
  }
  throw new NotFiniteError(what)
}

/** @throws InvalidArgumentError if what the caller gave is no float32 tensor, or has NaN or infinity. */
export function requireFiniteArgument(argument: string, tensor: Tensor<'float32'>): void {
  if (tensor?.data?.[Symbol.toStringTag] !== 'Float32Array' || !Array.isArray(tensor.shape))
    throw new InvalidArgumentError({ argument, value: tensor, expected: 'a float32 tensor' })
  if (allFinite(tensor)) return
  const value = tensor.data.find((value) => !Number.isFinite(value))
  throw new InvalidArgumentError({ argument, value, expected: 'finite numbers in all places' })
}

/** The sum of float32 values in float64 cannot overflow: it is finite if and only if all of them are. */
function allFinite({ data }: Tensor<'float32'>): boolean {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += data[i]!
  return Number.isFinite(sum)
}
