/** A hash of bytes that come one after the other. */
export interface StreamingHash {
  update(bytes: Uint8Array): void
  /** Lower-case hexadecimal; the hash cannot be used afterwards. */
  digest(): string
}

/** Makes a hash. */
export type CreateHash = (algorithm: 'sha256' | 'sha1') => Promise<StreamingHash>

/** The portable hash: `crypto.subtle` takes a whole file only. Its code is loaded when first used. */
export const createPortableHash: CreateHash = async (algorithm) =>
  (await import('./portable-hash.ts')).portableHash(algorithm)
