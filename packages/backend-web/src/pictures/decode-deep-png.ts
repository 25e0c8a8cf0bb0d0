import { type RasterImage, rasterImage } from '@latentkit/core'
import { decode } from 'fast-png'

/** Decodes a PNG with 16-bit samples, which browsers round to 8 bits. Grey becomes RGB, a transparent colour becomes alpha. */
export function decodeDeepPng(bytes: Uint8Array): RasterImage {
  const { width, height, channels, data, transparency } = decode(bytes, { checkCrc: true })
  const colours = channels < 3 ? 1 : 3
  const alpha = channels > colours || transparency !== undefined
  const samples = new Uint16Array(width * height * (alpha ? 4 : 3))
  for (let from = 0, to = 0; from < data.length; from += channels) {
    for (let c = 0; c < 3; c++) samples[to++] = data[from + (c % colours)]!
    if (channels > colours) samples[to++] = data[from + colours]!
    else if (alpha) samples[to++] = isColour(data, from, transparency!) ? 0 : 65535
  }
  return rasterImage(width, height, alpha ? 4 : 3, samples)
}

function isColour(data: ArrayLike<number>, at: number, colour: Uint16Array): boolean {
  return colour.every((sample, c) => data[at + c] === sample)
}
