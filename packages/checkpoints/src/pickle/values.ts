import type { StoredDType } from '../stored-dtype.ts'

/**
 * What a pickle may hold. Nothing here is a live object: what Python would build by calling something is a description of it.
 * Long texts and all byte strings are left in the file, as spans.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleSpan
  | PickleLatin1
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleStorage
  | PickleTensor
  | PickleElementType
  | PickleArray

/** Bytes, or UTF-8 text too long to be a name, that stay in the file. */
export type PickleSpan = Span<'bytes'> | Span<'text'>

interface Span<Kind> {
  readonly kind: Kind
  readonly offset: number
  readonly length: number
}

/** Bytes written as text of which each character is one byte: the way of protocol 2, which has no byte strings. */
export interface PickleLatin1 {
  readonly kind: 'latin1'
  readonly text: string | Span<'text'>
}

/** A list, tuple or set. */
export type PickleList = Items<'list'> | Items<'tuple'> | Items<'set'>

interface Items<Kind> {
  readonly kind: Kind
  readonly items: PickleValue[]
}

/** A dict. Keys may be anything and may come twice, then the last counts. */
export interface PickleDict {
  readonly kind: 'dict'
  readonly pairs: (readonly [key: PickleValue, value: PickleValue])[]
}

/** A class or function by its name, as `module.name`. Only those of a table are let in, and none is ever run. */
export interface PickleGlobal {
  readonly kind: 'global'
  readonly name: string
}

/** The memory that torch tensors are views of; it lies elsewhere, under `key`. */
export interface PickleStorage {
  readonly kind: 'storage'
  readonly key: string
  /** Undefined for untyped storages, which count bytes. */
  readonly dtype: StoredDType | undefined
  /** Elements, or bytes if it has no dtype. */
  readonly length: number
  /** Where it begins within the storage of this key, in elements: legacy files have such views. */
  readonly start: number
}

/** A torch tensor: a view of a storage. Offsets and strides count elements. */
export interface PickleTensor {
  readonly kind: 'tensor'
  readonly dtype: StoredDType
  readonly storage: PickleStorage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** A numpy dtype; its state, which says the byte order, comes after it was made. */
export interface PickleElementType {
  readonly kind: 'dtype'
  /** Such as `f4`. */
  readonly code: string
  bigEndian: boolean
}

/** A numpy array; its state comes after it was made. */
export interface PickleArray {
  readonly kind: 'array'
  state:
    | {
        readonly shape: readonly number[]
        readonly type: PickleElementType
        readonly fortranOrder: boolean
        readonly data: Span<'bytes'> | PickleLatin1
      }
    | undefined
}

/** The `kind` of a value that has one, its JavaScript type otherwise: for messages and for telling values apart. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === null) return 'None'
  return typeof value === 'object' ? value.kind : typeof value
}

/** True for a value of this kind. */
export function isKind<K extends string>(
  value: PickleValue | undefined,
  ...kinds: K[]
): value is Extract<PickleValue, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && (kinds as string[]).includes(value.kind)
}

/** The values of a dict whose keys are texts or whole numbers, by those; other keys are left out. */
export function namedValues(dict: PickleDict): Map<string, PickleValue> {
  const named = new Map<string, PickleValue>()
  for (const [key, value] of dict.pairs) {
    if (typeof key === 'string' || typeof key === 'number') named.set(String(key), value)
  }
  return named
}
