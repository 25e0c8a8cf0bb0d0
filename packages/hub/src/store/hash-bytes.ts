import type { ExpectedHash } from '../repository/listing.ts'
import type { CreateHash } from './streaming-hash.ts'

/** Bytes read at once. */
const pieceSize = 4 * 2 ** 20

/** Something to read from. */
interface Readable {
  read(offset: number, length: number): Promise<Uint8Array>
}

/**
 * Hashes the first `size` bytes of a file as they lie in the store, so that what was written is checked, not what was sent.
 * @returns Lower-case hexadecimal.
 */
export async function hashBytes(
  createHash: CreateHash,
  algorithm: ExpectedHash['algorithm'],
  file: Readable,
  size: number,
  signal?: AbortSignal,
): Promise<string> {
  const hash = await createHash(algorithm === 'sha256' ? 'sha256' : 'sha1')
  if (algorithm === 'git-sha1') hash.update(new TextEncoder().encode(`blob ${size}\0`))
  for (let offset = 0; offset < size; offset += pieceSize) {
    signal?.throwIfAborted()
    hash.update(await file.read(offset, Math.min(pieceSize, size - offset)))
  }
  return hash.digest()
}
