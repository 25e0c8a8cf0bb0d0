import { CheckpointError, type RandomAccessFile } from '@latentkit/core'
import { checkCopies } from '../bounded-copies.ts'
import { createByteCursor } from '../byte-cursor.ts'
import { unpickle } from '../pickle/unpickle.ts'
import { isKind, kindOf, namedValues, type PickleTensor, type PickleValue } from '../pickle/values.ts'
import { findStateDict } from '../state-dict.ts'
import { bitsPerElement, type StoredDType } from '../stored-dtype.ts'
import type { TensorIndex } from '../tensor-index.ts'
import { type StorageBytes, tensorOfStorage } from './tensor-of-storage.ts'
import { knownToTorch, torchStorage } from './torch-globals.ts'

/** The number that such a file begins with, as a pickle. */
const magic = 0x1950a86a20f9469cfc6cn
/** Opcodes of the pickles before the object; the machine's properties take about 40. */
const fewOpcodes = 1000

/**
 * Reads the index of a file that `torch.save` wrote before torch 1.6 (or was told to write so): five pickles (magic number, version,
 * the machine's properties, the object, the keys of the storages), then each storage as its number of elements and its bytes.
 * @throws CheckpointError if the file breaks this format, or a pickle names what weights do not need.
 */
export async function readTorchLegacy(file: RandomAccessFile): Promise<TensorIndex> {
  const refuse = (problem: string): never => {
    throw new CheckpointError({ file: file.name, problem })
  }
  let end = 0
  // The length and type of a storage are in the pickle; the storages lie in the order of their keys.
  const types = new Map<string, StoredDType | undefined>()
  const next = async (mostOpcodes?: number): Promise<PickleValue> => {
    const read = await unpickle(file, end, {
      mostOpcodes,
      globals: knownToTorch,
      persistentId: (id, refusePickle) => {
        const storage = torchStorage(id, refusePickle)
        if (isKind(storage, 'storage')) types.set(storage.key, storage.dtype)
        return storage
      },
    })
    end = read.end
    return read.value
  }
  if ((await next(fewOpcodes)) !== magic) refuse('is no torch file: it does not begin with the magic number')
  if ((await next(fewOpcodes)) !== 1001) refuse('is a torch file of an unknown version')
  const machine = await next(fewOpcodes)
  if (!isKind(machine, 'dict') || namedValues(machine).get('little_endian') !== true) {
    refuse('was written on a big-endian machine')
  }
  const isTensor = (item: PickleValue): PickleTensor | undefined => (isKind(item, 'tensor') ? item : undefined)
  const { tensors, metadata } = findStateDict(await next(), isTensor, refuse)
  if (tensors.size === 0) refuse('holds no tensors')

  const storages = await locateStorages(file, await next(), end, types, refuse)
  const entries = [...tensors].map(([name, view]) => {
    const { key } = view.storage
    const bytes = storages.get(key) ?? refuse(`has no storage "${key}", which tensor "${name}" needs`)
    return [name, tensorOfStorage(name, view, bytes, file.name)] as const
  })
  checkCopies(
    entries.map(([, entry]) => entry),
    file,
  )
  return Object.freeze({
    name: file.name,
    format: 'torch-legacy',
    linearLayout: 'output-input',
    metadata,
    tensors: new Map(entries),
  })
}

async function locateStorages(
  file: RandomAccessFile,
  keys: PickleValue,
  start: number,
  types: ReadonlyMap<string, StoredDType | undefined>,
  refuse: (problem: string) => never,
): Promise<Map<string, StorageBytes>> {
  const storages = new Map<string, StorageBytes>()
  const cursor = createByteCursor(file, start)
  for (const key of isKind(keys, 'list') ? keys.items : refuse('has no list of its storages')) {
    if (typeof key !== 'string' || !types.has(key) || storages.has(key)) {
      return refuse(
        `lists a storage by ${typeof key === 'string' ? `the key "${key}"` : kindOf(key)}, which no tensor has or which came before`,
      )
    }
    await cursor.ensure(8)
    const elements = cursor.uint64()
    const dtype = types.get(key)
    const length = elements * (dtype === undefined ? 1 : bitsPerElement(dtype) / 8)
    storages.set(key, { file, offset: cursor.position, length })
    cursor.skip(length)
  }
  return storages
}
