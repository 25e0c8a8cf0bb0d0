import { BackendError, type RandomAccessFile, type SessionSource } from '@latentkit/core'
import type { Requests } from './messages.ts'

/** Offsets of weights are 32 bits wide in the runtime; beyond, it would read wrong weights without a word. */
const largestFile = 2 ** 32 - 1

/** A file of which the browser has a `Blob` (a file of the user's disk or of the browser's store): it reaches the worker without a copy. */
export interface BlobFile extends RandomAccessFile {
  readonly blob: Blob
}

/**
 * The model and all its weight files, ready for the worker. Of a `BlobFile` only a reference is sent, and the worker reads
 * it once; of other files the bytes are copied to the worker. From there the runtime takes its own copy.
 * @throws BackendError if a file is too large for the runtime.
 */
export async function gatherWeights(
  backend: string,
  source: Required<SessionSource>,
): Promise<Requests['create']['sent']> {
  const entries = Object.entries(source.weights).map(([key, file], index) => ({ key, file, path: `weights-${index}` }))
  const tooLarge = entries.find(({ file }) => file.size > largestFile)
  if (tooLarge) {
    const size = (tooLarge.file.size / 2 ** 30).toFixed(1)
    throw new BackendError({
      backend,
      problem: `${source.name}: ${tooLarge.file.name} has ${size} GiB, and a browser's runtime reads weight files of up to 4 GiB`,
      hint: 'Use a checkpoint in several files, or a half-precision one.',
    })
  }
  const weights = await Promise.all(
    entries.map(async ({ file, path }) => ({
      path,
      data: 'blob' in file ? (file as BlobFile).blob : await file.read(0, file.size),
    })),
  )
  return { model: source.model(Object.fromEntries(entries.map(({ key, path }) => [key, path]))), weights }
}
