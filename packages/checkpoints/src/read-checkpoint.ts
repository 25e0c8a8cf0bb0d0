import { CheckpointError, type RandomAccessFile } from '@latentkit/core'
import { readSafetensors } from './safetensors/read-safetensors.ts'
import type { TensorIndex } from './tensor-index.ts'

/**
 * Reads the index of a weight file of any format. The format is told from the file's first bytes, not from its name.
 * @throws CheckpointError if the bytes break the format, or are of none that is known.
 */
export async function readCheckpoint(file: RandomAccessFile): Promise<TensorIndex> {
  const start = await file.read(0, Math.min(16, file.size))
  if (start[8] === 0x7b) return readSafetensors(file)
  const shown = Array.from(start, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  throw new CheckpointError({
    file: file.name,
    problem: `is of no known format: it begins with ${shown || 'nothing'}`,
    hint: 'Expected safetensors.',
  })
}
