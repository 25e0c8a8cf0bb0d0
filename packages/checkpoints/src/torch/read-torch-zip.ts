import { CheckpointError, memoryFile, type RandomAccessFile } from '@latentkit/core'
import { checkCopies } from '../bounded-copies.ts'
import { unpickle } from '../pickle/unpickle.ts'
import { isKind } from '../pickle/values.ts'
import { findStateDict } from '../state-dict.ts'
import type { TensorIndex } from '../tensor-index.ts'
import { readZip, type ZipEntry } from '../zip/read-zip.ts'
import { inflatedFile, readZipEntry, zipEntryOffset } from '../zip/zip-entry-bytes.ts'
import { type StorageBytes, tensorOfStorage } from './tensor-of-storage.ts'
import { knownToTorch, torchStorage } from './torch-globals.ts'

/** Largest pickle read, in bytes: it holds names and shapes, no values. */
const largestPickle = 32 * 2 ** 20

/**
 * Reads the index of a file that `torch.save` wrote as a zip archive (`.bin`, `.pt`, `.pth`, `.ckpt`; torch 1.6 and later):
 * the archive's directory, its pickle, and the header of each storage. Stored entries are used where they lie, deflated ones inflated when read.
 * The CRC-32 of the pickle and of deflated storages is checked, that of stored ones is not, since it would need all their bytes.
 * @throws CheckpointError if the archive or the pickle breaks its format, or names what weights do not need.
 */
export async function readTorchZip(file: RandomAccessFile): Promise<TensorIndex> {
  const refuse = (problem: string): never => {
    throw new CheckpointError({ file: file.name, problem })
  }
  const entries = await readZip(file)
  const [pickle, ...others] = [...entries.values()].filter(({ name }) => /^[^/]*\/data\.pkl$/.test(name))
  if (pickle === undefined || others.length > 0) return refuse('is a zip archive, but not one that torch.save wrote')
  if (pickle.size > largestPickle) refuse(`has a pickle of ${pickle.size} bytes`)
  const folder = pickle.name.slice(0, -'data.pkl'.length)
  const order = entries.get(`${folder}byteorder`)
  if (order && (await shortText(file, order)) !== 'little') refuse('was written on a big-endian machine')

  const content = memoryFile(`${file.name}/${pickle.name}`, await readZipEntry(file, pickle))
  const { value } = await unpickle(content, 0, { globals: knownToTorch, persistentId: torchStorage })
  const { tensors, metadata } = findStateDict(value, (item) => (isKind(item, 'tensor') ? item : undefined), refuse)
  if (tensors.size === 0) refuse('holds no tensors')

  const storages = new Map<string, StorageBytes>()
  for (const { storage } of tensors.values()) {
    if (storages.has(storage.key)) continue
    const entry = entries.get(`${folder}data/${storage.key}`)
    storages.set(storage.key, await locate(file, entry ?? refuse(`has no storage "${storage.key}"`)))
  }
  const found = new Map(
    [...tensors].map(([name, view]) => [name, tensorOfStorage(name, view, storages.get(view.storage.key)!, file.name)]),
  )
  checkCopies(found.values(), file)
  return Object.freeze({
    name: file.name,
    format: 'torch-zip',
    linearLayout: 'output-input',
    metadata,
    tensors: found,
  })
}

async function shortText(file: RandomAccessFile, entry: ZipEntry): Promise<string> {
  return entry.size > 16 ? '' : new TextDecoder().decode(await readZipEntry(file, entry))
}

async function locate(file: RandomAccessFile, entry: ZipEntry): Promise<StorageBytes> {
  if (entry.method === 'deflated') return { file: inflatedFile(file, entry), offset: 0, length: entry.size }
  return { file, offset: await zipEntryOffset(file, entry), length: entry.size }
}
