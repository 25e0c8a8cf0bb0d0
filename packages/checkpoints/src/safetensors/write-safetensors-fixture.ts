/** A safetensors file of a header as it stands (text or bytes) and data: for tests, so it checks nothing. */
export function safetensorsBytes(header: string | object | Uint8Array, data: Uint8Array | number = 0): Uint8Array {
  const encode = (text: string) => new TextEncoder().encode(text)
  const head =
    header instanceof Uint8Array ? header : encode(typeof header === 'string' ? header : JSON.stringify(header))
  const body = typeof data === 'number' ? new Uint8Array(data) : data
  const bytes = new Uint8Array(8 + head.length + body.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true)
  bytes.set(head, 8)
  bytes.set(body, 8 + head.length)
  return bytes
}
