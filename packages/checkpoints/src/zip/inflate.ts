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
  try {
    // Node 20 knows this format from 20.12 on; before, its refusal is reported like any other.
    const inflated = new Blob([packed as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new DecompressionStream('deflate-raw'))
    // Leaving the loop, by an error too, cancels the stream.
    for await (const chunk of chunksOf(inflated)) {
      if (filled + chunk.length > size) refuse(`inflates to more than the ${size} bytes it says`)
      result.set(chunk, filled)
      filled += chunk.length
    }
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause
    refuse('is deflated in a way that cannot be inflated', cause)
  }
  if (filled !== size) refuse(`inflates to ${filled} bytes, expected ${size}`)
  return result
}

/** Not all browsers can iterate a stream themselves. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => {})
  }
}
