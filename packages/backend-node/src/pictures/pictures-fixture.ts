/**
 * A picture's colour in Display P3 instead of sRGB, by the matrices of CSS Color 4 (10.9, sample code) and the curve that
 * both spaces share. Samples 0…255, not rounded.
 */
export function srgbToP3(colour: readonly number[]): number[] {
  const linear = colour.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
  const matrix = [
    [0.8224619687, 0.1775380313, 0],
    [0.0331941989, 0.9668058011, 0],
    [0.0170826307, 0.0723974407, 0.9105199286],
  ]
  return matrix
    .map((row) => row.reduce((sum, weight, c) => sum + weight * linear[c]!, 0))
    .map((v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055))
}

/** A TIFF file of one row, uncompressed, for kinds of samples that sharp does not write. */
export function tiffOfOneRow(options: {
  /** 1 grey, 2 RGB, 5 CMYK, 8 Lab. */
  readonly photometric: number
  readonly channels: number
  readonly samples: Int16Array | Uint16Array | Float32Array
  /** 1 unsigned, 3 floating point. */
  readonly sampleFormat?: number
}): Uint8Array {
  const { photometric, channels, samples, sampleFormat = 1 } = options
  const bits = samples.BYTES_PER_ELEMENT * 8
  const data = 8
  const bitsAt = data + samples.byteLength
  const directory = bitsAt + channels * 2
  const entries: readonly (readonly [tag: number, count: number, value: number])[] = [
    [256, 1, samples.length / channels],
    [257, 1, 1],
    [258, channels, channels > 2 ? bitsAt : bits],
    [259, 1, 1],
    [262, 1, photometric],
    [273, 1, data],
    [277, 1, channels],
    [278, 1, 1],
    [279, 1, samples.byteLength],
    [339, 1, sampleFormat],
  ]
  const view = new DataView(new ArrayBuffer(directory + 2 + entries.length * 12 + 4))
  const bytes = new Uint8Array(view.buffer)
  bytes.set([0x49, 0x49, 42, 0])
  view.setUint32(4, directory, true)
  bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), data)
  for (let c = 0; c < channels; c++) view.setUint16(bitsAt + c * 2, bits, true)
  view.setUint16(directory, entries.length, true)
  entries.forEach(([tag, count, value], i) => {
    const at = directory + 2 + i * 12
    view.setUint16(at, tag, true)
    view.setUint16(at + 2, count > 2 || value > 0xffff ? (tag === 258 ? 3 : 4) : 3, true)
    view.setUint32(at + 4, count, true)
    view.setUint32(at + 8, value, true)
  })
  return bytes
}
