import { countsIn } from './counts.ts'
import type { Refuse } from './machine.ts'
import { isKind, kindOf, type PickleArray, type PickleValue } from './values.ts'

/**
 * Gives an object the state that a pickle has for it: numpy's dtypes and arrays need theirs,
 * the attributes of a dict (torch keeps versions of modules there) are left out, other objects have none.
 */
export function setState(target: PickleValue, state: PickleValue, refuse: Refuse): void {
  if (isKind(target, 'dict')) return
  const fields = isKind(state, 'tuple') ? state.items : []
  if (isKind(target, 'dtype')) target.bigEndian = isBigEndian(fields, refuse)
  else if (isKind(target, 'array')) target.state = arrayState(fields, refuse)
  else refuse(`sets the state of ${kindOf(target)}, which has none`)
}

/** numpy's state of a dtype: `(version, byte order, subtype, names, fields, size, alignment, flags)`. */
function isBigEndian(state: readonly PickleValue[], refuse: Refuse): boolean {
  const order = state[1]
  if (typeof order !== 'string' || !['<', '>', '|', '='].includes(order)) refuse('has a numpy dtype of no byte order')
  if (state.slice(2, 5).some((part) => part !== null)) refuse('has a numpy dtype of several fields')
  return order === '>'
}

/** numpy's state of an array: `(version, shape, dtype, Fortran order, data)`. */
export function arrayState(fields: readonly PickleValue[], refuse: Refuse): NonNullable<PickleArray['state']> {
  const [, sizes, type, fortranOrder, content] = fields
  const shape = countsIn(sizes) ?? refuse('has a numpy array whose shape is no tuple of whole numbers')
  if (!isKind(type, 'dtype')) return refuse(`has a numpy array whose dtype is ${kindOf(type)}`)
  // A text is the byte string of Python 2.
  const data = typeof content === 'string' ? ({ kind: 'latin1', text: content } as const) : content
  if (!isKind(data, 'bytes', 'latin1')) return refuse(`has a numpy array whose data are ${kindOf(content)}`)
  return { shape, type, fortranOrder: fortranOrder === true, data }
}
