import type { Construct } from './machine.ts'
import { arrayState } from './set-state.ts'

const elementType: Construct = ([code], refuse) =>
  typeof code === 'string' ? { kind: 'dtype', code, bigEndian: false } : refuse('makes a numpy dtype of no code')

/** Protocol 5: `(data, dtype, shape, order)`. */
const fromBuffer: Construct = ([data = null, type = null, shape = null, order], refuse) => ({
  kind: 'array',
  state: arrayState([null, shape, type, order === 'F', data], refuse),
})

/** What pickles of numpy arrays name. An array is made empty and given its state afterwards; single numbers are left out. */
export const numpyGlobals: ReadonlyMap<string, Construct | undefined> = new Map<string, Construct | undefined>([
  ['numpy.ndarray', undefined],
  ['numpy.dtype', elementType],
  ...['numpy.core', 'numpy._core'].flatMap((module) => [
    [`${module}.multiarray._reconstruct`, () => ({ kind: 'array', state: undefined })] as [string, Construct],
    [`${module}.multiarray.scalar`, () => null] as [string, Construct],
    [`${module}.numeric._frombuffer`, fromBuffer] as [string, Construct],
  ]),
])
