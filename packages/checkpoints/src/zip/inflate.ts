import { CheckpointError } from '@latentkit/core'

/** Small entries may be as compressible as deflate allows (about 1032 to 1), large ones as weights are; nothing above 4 GiB. */
const isPlausible = (packed: number, size: number): boolean =>
  size <= (size <= 2 ** 26 ? 1040 : 20) * packed && size <= 2 ** 32

/**
 * Inflates raw deflate data of a known size, and stops as soon as there is more.
 * @throws CheckpointError if the data are broken, or give another size.
 */
export async function inflate(packed: Uint8Array, size: number, what: string): Promise<Uint8Array> {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new CheckpointError({ file: what, problem, cause })
  }
  if (!isPlausible(packed.length, size)) refuse(`says that ${packed.length} bytes inflate to ${size}`)
  const result = new Uint8Array(size)
  let filled = 0
  const reader = new Blob([packed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'))
    .getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (filled + value.length > size) refuse(`inflates to more than the ${size} bytes it says`)
      result.set(value, filled)
      filled += value.length
    }
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause
    refuse('is deflated in a way that cannot be inflated', cause)
  } finally {
    await reader.cancel().catch(() => {})
  }
  if (filled !== size) refuse(`inflates to ${filled} bytes, expected ${size}`)
  return result
}
