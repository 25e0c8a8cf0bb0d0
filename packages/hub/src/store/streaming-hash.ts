/** A hash of bytes that come one after the other. */
export interface StreamingHash {
  update(bytes: Uint8Array): void
  /** Lower-case hexadecimal; the hash cannot be used afterwards. */
  digest(): string
}

/** Makes a hash. */
export type CreateHash = (algorithm: 'sha256' | 'sha1') => Promise<StreamingHash>

/** The portable hash, WebAssembly: `crypto.subtle` takes a whole file only. Loaded when first used. */
export const createPortableHash: CreateHash = async (algorithm) => {
  const { createSHA1, createSHA256 } = await import('hash-wasm')
  const hash = await (algorithm === 'sha1' ? createSHA1() : createSHA256())
  hash.init()
  return { update: (bytes) => hash.update(bytes), digest: () => hash.digest('hex') }
}
