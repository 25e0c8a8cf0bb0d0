import { CheckpointError, type RandomAccessFile } from '@latentkit/core'
import { checkCopies } from '../bounded-copies.ts'
import type { KnownGlobals } from '../pickle/machine.ts'
import { numpyGlobals } from '../pickle/numpy-globals.ts'
import { pythonGlobals } from '../pickle/python-globals.ts'
import { unpickle } from '../pickle/unpickle.ts'
import { isKind, type PickleArray, type PickleValue } from '../pickle/values.ts'
import { findStateDict } from '../state-dict.ts'
import type { TensorIndex } from '../tensor-index.ts'
import { arrayEntry } from './array-entry.ts'
import { joinSlices } from './join-slices.ts'

const knownToPaddle: KnownGlobals = (name) => {
  for (const table of [pythonGlobals, numpyGlobals]) if (table.has(name)) return { construct: table.get(name) }
  return undefined
}

/**
 * Reads the index of a file that `paddle.save` wrote (`.pdparams`): one pickle of numpy arrays, or of tuples of a parameter's name and an array.
 * Only the pickle's structure is read. Protocol 4 holds the arrays' bytes in place, protocol 2 as text, which is decoded when a tensor is read.
 * @throws CheckpointError if the pickle breaks its format, or names what weights do not need.
 */
export async function readPaddle(file: RandomAccessFile): Promise<TensorIndex> {
  const refuse = (problem: string): never => {
    throw new CheckpointError({ file: file.name, problem })
  }
  const { value, end } = await unpickle(file, 0, { globals: knownToPaddle })
  if (end !== file.size) refuse(`has ${file.size - end} bytes after its pickle`)
  const { tensors: arrays, metadata } = findStateDict(value, arrayIn, refuse)
  if (arrays.size === 0) refuse('holds no arrays')
  const entries = new Map([...arrays].map(([name, array]) => [name, arrayEntry(name, array, file)]))
  checkCopies(entries.values(), file)
  return Object.freeze({
    name: file.name,
    format: 'paddle',
    linearLayout: 'input-output',
    metadata,
    tensors: joinSlices(entries, value, file.name),
  })
}

function arrayIn(value: PickleValue): PickleArray | undefined {
  const item =
    isKind(value, 'tuple') && value.items.length === 2 && typeof value.items[0] === 'string' ? value.items[1] : value
  return isKind(item, 'array') ? item : undefined
}
