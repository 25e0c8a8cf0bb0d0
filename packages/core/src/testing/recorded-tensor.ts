import { type DType, viewBytes } from '../dtype.ts'
import { type Tensor, tensor } from '../tensor.ts'

/** A tensor as reference files hold it in JSON: base64 of raw little-endian values, row-major. */
export interface RecordedTensor {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly b64: string
}

/** Decodes a tensor recorded in a JSON reference file. */
export function decodeRecordedTensor<D extends DType = DType>(recorded: RecordedTensor): Tensor<D> {
  const bytes = Uint8Array.from(atob(recorded.b64), (character) => character.charCodeAt(0))
  return tensor(recorded.dtype, recorded.shape, viewBytes(recorded.dtype, bytes)) as unknown as Tensor<D>
}
