import { createHash } from 'node:crypto'
import type { RandomAccessFile } from '@latentkit/core'

/** Bytes read at once. */
const pieceSize = 4 * 2 ** 20

/**
 * SHA-256 of a file of weights, piece by piece. By Node's own hash, not by `hashFile` of `@latentkit/hub`: that one takes
 * WebAssembly, which a Node has not that may take little address space (`ulimit -v`) or compile nothing (`--jitless`).
 */
export async function hashWeights(file: RandomAccessFile): Promise<string> {
  if (file.sha256 !== undefined) return file.sha256
  const hash = createHash('sha256')
  for (let offset = 0; offset < file.size; offset += pieceSize) {
    hash.update(await file.read(offset, Math.min(pieceSize, file.size - offset)))
  }
  return hash.digest('hex')
}
