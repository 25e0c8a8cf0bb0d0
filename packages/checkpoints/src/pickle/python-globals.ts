import type { Construct } from './machine.ts'
import { isKind, kindOf, type PickleDict, type PickleList } from './values.ts'

const list =
  (kind: PickleList['kind']): Construct =>
  ([items], refuse) => {
    if (items === undefined) return { kind, items: [] }
    return isKind(items, 'list', 'tuple', 'set')
      ? { kind, items: items.items }
      : refuse(`makes a ${kind} of ${kindOf(items)}`)
  }

const orderedDict: Construct = ([pairs], refuse) => {
  const dict: PickleDict = { kind: 'dict', pairs: [] }
  for (const pair of isKind(pairs, 'list', 'tuple') ? pairs.items : []) {
    if (!isKind(pair, 'list', 'tuple') || pair.items.length !== 2) return refuse('makes a dict of what are no pairs')
    dict.pairs.push([pair.items[0]!, pair.items[1]!])
  }
  return dict
}

const latin1: Construct = ([text, encoding], refuse) => {
  if (typeof text !== 'string' && !isKind(text, 'text')) return refuse(`encodes ${kindOf(text)}, expected a text`)
  return encoding === 'latin1' ? { kind: 'latin1', text } : refuse('encodes a text other than as latin1')
}

/** Protocol 2 has no opcode for bytes, protocols before 5 none for byte arrays. */
const bytes: Construct = ([content, encoding], refuse) => {
  if (content === undefined) return { kind: 'bytes', offset: 0, length: 0 }
  if (isKind(content, 'bytes', 'latin1')) return content
  return encoding === 'latin-1' ? latin1([content, 'latin1'], refuse) : refuse(`makes bytes of ${kindOf(content)}`)
}

const counter: Construct = ([counts], refuse) => {
  if (counts === undefined) return { kind: 'dict', pairs: [] }
  return isKind(counts, 'dict') ? counts : refuse(`counts ${kindOf(counts)}`)
}

/** What pickles of plain Python data name. */
export const pythonGlobals: ReadonlyMap<string, Construct> = new Map([
  ['collections.OrderedDict', orderedDict],
  ['collections.Counter', counter],
  ['_codecs.encode', latin1],
  // Python 2 and 3 call the same module differently; so do numpy 1 and 2 below.
  ...['__builtin__', 'builtins'].flatMap((module) => [
    [`${module}.bytes`, bytes] as const,
    [`${module}.bytearray`, bytes] as const,
    [`${module}.tuple`, list('tuple')] as const,
    [`${module}.list`, list('list')] as const,
    [`${module}.set`, list('set')] as const,
    [`${module}.frozenset`, list('set')] as const,
  ]),
])
