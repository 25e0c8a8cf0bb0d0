import { isKind, type PickleValue } from './values.ts'

/** Most axes that a tensor may have. */
const mostAxes = 64

/**
 * The whole numbers from 0 that a tuple or list holds, as shapes and strides are; undefined if it is anything else.
 * They are copied, since a pickle can go on changing a list.
 */
export function countsIn(value: PickleValue | undefined): readonly number[] | undefined {
  if (!isKind(value, 'tuple', 'list') || value.items.length > mostAxes) return undefined
  return value.items.every(isCount) ? [...(value.items as number[])] : undefined
}

/** True for a whole number from 0. */
export function isCount(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
