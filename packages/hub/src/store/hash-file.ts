import type { RandomAccessFile } from '@latentkit/core'
import { hashBytes } from './hash-bytes.ts'
import { createPortableHash } from './streaming-hash.ts'

/**
 * SHA-256 of a file in hexadecimal digits. The file is read piece by piece and is never in memory as a whole; one whose
 * hash is known (`sha256`) is not read again.
 * @throws What reading throws; the signal's reason.
 */
export async function hashFile(file: RandomAccessFile, signal?: AbortSignal): Promise<string> {
  return file.sha256 ?? hashBytes(createPortableHash, 'sha256', file, file.size, signal)
}
