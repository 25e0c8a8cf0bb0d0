import { createSHA1, createSHA256 } from 'hash-wasm'
import type { StreamingHash } from './streaming-hash.ts'

/** A hash in WebAssembly. */
export async function portableHash(algorithm: 'sha256' | 'sha1'): Promise<StreamingHash> {
  const hash = await (algorithm === 'sha1' ? createSHA1() : createSHA256())
  hash.init()
  return { update: (bytes) => hash.update(bytes), digest: () => hash.digest('hex') }
}
