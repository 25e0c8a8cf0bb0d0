import { isKind, namedValues, type PickleValue } from './pickle/values.ts'

/** Keys under which training scripts keep the weights beside other things. */
const wrappers = ['state_dict', 'model_state_dict', 'model', 'params_ema', 'params']
/** How deep tensors are looked for in dicts and lists. */
const deepest = 8
/** Most values looked at: values may be shared, so that few bytes can make a large tree. */
const mostValues = 100_000
/** Longest name of a tensor in characters: keys may be shared, too, and long texts are slow to tell apart. */
const longestName = 512

/** The tensors of a pickle by name, and the plain values beside them as text. */
export interface StateDict<T> {
  readonly tensors: ReadonlyMap<string, T>
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Finds the tensors in what a pickle holds. If it is a dict with the weights under `state_dict`, `model` or the like, only those count;
 * otherwise every tensor at any depth does, its name being the keys on the way joined by dots (`tensor` for one that stands alone).
 * @param tensorOf Gives what a value is as a tensor, or undefined if it is none.
 */
export function findStateDict<T>(
  root: PickleValue,
  tensorOf: (value: PickleValue) => T | undefined,
  refuse: (problem: string) => never,
): StateDict<T> {
  const tensors = new Map<string, T>()
  let seen = 0
  const walk = (value: PickleValue, path: readonly string[], around: readonly PickleValue[]): void => {
    const found = tensorOf(value)
    if (found !== undefined) {
      const name = path.join('.') || 'tensor'
      if (name.length > longestName) refuse(`has a tensor under a name of ${name.length} characters`)
      if (tensors.has(name)) refuse(`has two tensors that would be called "${name}"`)
      tensors.set(name, found)
    } else if (path.length < deepest && !around.includes(value)) {
      // Counted before they are looked at, and whether or not their keys are names.
      seen += countChildren(value)
      if (seen > mostValues) refuse(`has more than ${mostValues} values`)
      for (const [key, inner] of children(value)) walk(inner, [...path, key], [...around, value])
    }
  }

  const top = isKind(root, 'dict') ? namedValues(root) : new Map<string, PickleValue>()
  const wrapped = wrappers
    .map((key) => top.get(key))
    .find((value) => isKind(value, 'dict') && value.pairs.some(([, inner]) => tensorOf(inner) !== undefined))
  walk(wrapped ?? root, [], [])
  return { tensors, metadata: plainValues(top) }
}

function countChildren(value: PickleValue): number {
  if (isKind(value, 'dict')) return value.pairs.length
  return isKind(value, 'list', 'tuple') ? value.items.length : 0
}

function children(value: PickleValue): Iterable<readonly [string, PickleValue]> {
  if (isKind(value, 'dict')) return namedValues(value)
  return isKind(value, 'list', 'tuple') ? value.items.map((item, i) => [String(i), item] as const) : []
}

function plainValues(values: ReadonlyMap<string, PickleValue>): Readonly<Record<string, string>> {
  const plain = [...values].filter(([, value]) => ['string', 'number', 'bigint', 'boolean'].includes(typeof value))
  return Object.freeze(Object.fromEntries(plain.map(([key, value]) => [key, String(value)])))
}
