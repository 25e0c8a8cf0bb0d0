import type { StoredDType } from '../stored-dtype.ts'

/** Element types of torch's typed storages, by the name of their class in `torch`. */
export const storageTypes: ReadonlyMap<string, StoredDType> = new Map<string, StoredDType>([
  ['DoubleStorage', 'float64'],
  ['FloatStorage', 'float32'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
  ['ComplexFloatStorage', 'complex64'],
  ['ComplexDoubleStorage', 'complex128'],
])

/** Element types by the names they have in `torch`. */
export const torchDTypes: ReadonlyMap<string, StoredDType> = new Map<string, StoredDType>([
  ...[...storageTypes.values()].map((dtype): [string, StoredDType] => [dtype, dtype]),
  ['uint16', 'uint16'],
  ['uint32', 'uint32'],
  ['uint64', 'uint64'],
  ['complex32', 'complex32'],
  ['float8_e4m3fn', 'float8_e4m3fn'],
  ['float8_e4m3fnuz', 'float8_e4m3fnuz'],
  ['float8_e5m2', 'float8_e5m2'],
  ['float8_e5m2fnuz', 'float8_e5m2fnuz'],
  ['float8_e8m0fnu', 'float8_e8m0fnu'],
])
