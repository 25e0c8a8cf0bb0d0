/**
 * The few rules of protobuf's wire format that an ONNX file needs.
 * A message is a list of fields, each a list of byte chunks; nothing is copied until the whole is put together.
 * @see https://protobuf.dev/programming-guides/encoding
 */
export type Chunks = readonly Uint8Array[]

const text = new TextEncoder()

/** A whole number from 0 to 2⁵³ − 1, or a negative one as 64-bit two's complement, seven bits at a time. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = []
  if (value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
    bytes.push(Number(rest))
  } else {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
    bytes.push(rest)
  }
  return Uint8Array.from(bytes)
}

/** A field holding a whole number. */
export function numberField(field: number, value: number): Chunks {
  return [varint(field * 8), varint(value)]
}

/** A field holding a float32. */
export function floatField(field: number, value: number): Chunks {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return [varint(field * 8 + 5), bytes]
}

/** A field holding bytes. */
export function bytesField(field: number, bytes: Uint8Array): Chunks {
  return [varint(field * 8 + 2), varint(bytes.length), bytes]
}

/** A field holding text. */
export function textField(field: number, value: string): Chunks {
  return bytesField(field, text.encode(value))
}

/** A field holding a message made of other fields. */
export function messageField(field: number, ...fields: readonly Chunks[]): Chunks {
  const chunks = fields.flat()
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  return [varint(field * 8 + 2), varint(length), ...chunks]
}

/** All chunks as one array of bytes. */
export function joinChunks(chunks: Chunks): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let position = 0
  for (const chunk of chunks) {
    bytes.set(chunk, position)
    position += chunk.length
  }
  return bytes
}
