import type { Construct } from './machine.ts'

const elementType: Construct = ([code], refuse) =>
  typeof code === 'string' ? { kind: 'dtype', code, bigEndian: false } : refuse('makes a numpy dtype of no code')

/** What pickles of numpy arrays name. An array is made empty and given its state afterwards; single numbers are left out. */
export const numpyGlobals: ReadonlyMap<string, Construct | undefined> = new Map<string, Construct | undefined>([
  ['numpy.ndarray', undefined],
  ['numpy.dtype', elementType],
  ...['numpy.core', 'numpy._core'].flatMap((module) => [
    [`${module}.multiarray._reconstruct`, () => ({ kind: 'array', state: undefined })] as [string, Construct],
    [`${module}.multiarray.scalar`, () => null] as [string, Construct],
  ]),
])
