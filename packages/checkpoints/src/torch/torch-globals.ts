import { countsIn, isCount } from '../pickle/counts.ts'
import type { Construct, KnownGlobals, PersistentId, Refuse } from '../pickle/machine.ts'
import { numpyGlobals } from '../pickle/numpy-globals.ts'
import { pythonGlobals } from '../pickle/python-globals.ts'
import { isKind, kindOf, type PickleTensor, type PickleValue } from '../pickle/values.ts'
import type { StoredDType } from '../stored-dtype.ts'
import { storageTypes, torchDTypes } from './storage-types.ts'

/** `(storage, offset, shape, strides, …)`; the seventh argument of version 3 is the element type. */
const rebuildTensor: Construct = (args, refuse) => view(args, undefined, refuse)

const rebuildTensorOfType: Construct = (args, refuse) => {
  const dtype = isKind(args[6], 'global') ? torchDTypes.get(args[6].name.replace(/^torch\./, '')) : undefined
  return view(args, dtype ?? refuse('makes a tensor of no known element type'), refuse)
}

function view(args: readonly PickleValue[], dtypeGiven: StoredDType | undefined, refuse: Refuse): PickleTensor {
  const [storage, offset, sizes, steps] = args
  if (!isKind(storage, 'storage')) return refuse(`makes a tensor of ${kindOf(storage)}, expected a storage`)
  const shape = countsIn(sizes) ?? refuse('makes a tensor whose shape is no tuple of whole numbers')
  const strides = countsIn(steps) ?? refuse('makes a tensor whose strides are no tuple of whole numbers')
  if (strides.length !== shape.length) refuse(`makes a tensor of ${shape.length} axes with ${strides.length} strides`)
  if (!isCount(offset)) return refuse('makes a tensor whose offset is no whole number')
  const dtype = dtypeGiven ?? storage.dtype ?? refuse('makes a tensor of no element type')
  return { kind: 'tensor', dtype, storage, offset, shape, strides }
}

/** What stands in the first place stands for the whole: a parameter for its tensor, a size for its numbers. */
const first: Construct = ([value], refuse) => value ?? refuse('makes something of nothing')

const torchGlobals: ReadonlyMap<string, Construct | undefined> = new Map<string, Construct | undefined>([
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTensorOfType],
  ['torch._utils._rebuild_parameter', first],
  ['torch._utils._rebuild_parameter_with_state', first],
  ['torch.Size', first],
  ['torch.device', first],
  ['torch.storage.UntypedStorage', undefined],
  ...[...storageTypes.keys(), ...torchDTypes.keys()].map((name) => [`torch.${name}`, undefined] as [string, undefined]),
])

/** Lightning names its callbacks' classes as keys of a dict; they may be named, never called. */
const namedOnly = /^(pytorch_lightning|lightning\.pytorch)\.[\w.]+$/

/** What pickles of torch may name. */
export const knownToTorch: KnownGlobals = (name) => {
  for (const table of [torchGlobals, pythonGlobals, numpyGlobals]) {
    if (table.has(name)) return { construct: table.get(name) }
  }
  return namedOnly.test(name) ? {} : undefined
}

/** `('storage', type, key, location, length)`; legacy files have a sixth: None, or `(view key, start, length)`. */
export const torchStorage: PersistentId = (id, refuse) => {
  const [tag, type, key, , length, viewed] = isKind(id, 'tuple') ? id.items : []
  if (tag !== 'storage' || !isKind(type, 'global') || typeof key !== 'string' || !isCount(length)) {
    return refuse('has a persistent id that is no storage')
  }
  const untyped = type.name === 'torch.storage.UntypedStorage'
  const dtype = storageTypes.get(type.name.replace(/^torch\./, ''))
  if (dtype === undefined && !untyped) return refuse(`has a storage of type ${JSON.stringify(type.name)}`)
  const [, start, viewLength] = isKind(viewed, 'tuple') ? viewed.items : [null, 0, length]
  if (!isCount(start) || !isCount(viewLength) || start + viewLength > length) {
    return refuse(`has a view of storage ${JSON.stringify(key)} that leaves it`)
  }
  return { kind: 'storage', key, dtype, length: viewLength, start }
}
