/** Colours times alpha (0…255), as Pillow rounds it. */
export function premultiplyBytes(data: Uint8Array, channels: number): Uint8Array {
  return mapColours(data, channels, (sample, alpha) => {
    const product = sample * alpha + 128
    return ((product >> 8) + product) >> 8
  })
}

/** The other way, as Pillow rounds it. */
export function unpremultiplyBytes(data: Uint8Array, channels: number): Uint8Array {
  return mapColours(data, channels, (sample, alpha) =>
    alpha === 0 || alpha === 255 ? sample : Math.min(255, Math.trunc((255 * sample) / alpha)),
  )
}

/** Colours times alpha (0…65535), not rounded. */
export function premultiplyFloats(data: Float32Array, channels: number): Float32Array {
  return mapColours(data, channels, (sample, alpha) => (sample * alpha) / 65535)
}

/** The other way. Where there is no cover there is no colour. */
export function unpremultiplyFloats(data: Float32Array, channels: number): Float32Array {
  return mapColours(data, channels, (sample, alpha) => (alpha <= 0 ? 0 : (65535 * sample) / alpha))
}

function mapColours<T extends Uint8Array | Float32Array>(
  data: T,
  channels: number,
  map: (sample: number, alpha: number) => number,
): T {
  // Not `slice`, which gives a view of a Node Buffer.
  const mapped = (data instanceof Uint8Array ? new Uint8Array(data) : new Float32Array(data)) as T
  for (let pixel = 0; pixel < data.length; pixel += channels) {
    const alpha = data[pixel + channels - 1]!
    for (let c = pixel; c < pixel + channels - 1; c++) mapped[c] = map(data[c]!, alpha)
  }
  return mapped
}
