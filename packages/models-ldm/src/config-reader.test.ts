import { ConfigError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { parseVQConfig } from './autoencoder/vq-config.ts'
import { parseUNet2DConfig } from './unet-2d/unet-2d-config.ts'

const unet = (levels: number) => ({
  block_out_channels: Array(levels).fill(32),
  down_block_types: Array(levels).fill('DownBlock2D'),
  up_block_types: Array(levels).fill('UpBlock2D'),
})
const vqvae = (levels: number) => ({
  block_out_channels: Array(levels).fill(32),
  down_block_types: Array(levels).fill('DownEncoderBlock2D'),
  up_block_types: Array(levels).fill('UpDecoderBlock2D'),
})

test('a network may have 16 levels', () => {
  expect(parseUNet2DConfig(unet(16)).blockOutChannels).toHaveLength(16)
  expect(parseVQConfig(vqvae(16)).blockOutChannels).toHaveLength(16)
})

test.each([17, 100_000])('one of %d levels is refused by file and key', (levels) => {
  const refused = (parse: () => unknown, message: RegExp) => {
    expect(parse).toThrow(ConfigError)
    expect(parse).toThrow(message)
  }
  refused(
    () => parseUNet2DConfig(unet(levels), 'm/unet/config.json'),
    /^m\/unet\/config\.json: "block_out_channels" is \[32,32,.*; expected a list of at most 16 whole numbers above 0\.$/,
  )
  refused(
    () => parseUNet2DConfig({ ...unet(4), up_block_types: unet(levels).up_block_types }),
    /"up_block_types" is .*; expected a list of at most 16 of "UpBlock2D", "AttnUpBlock2D"/,
  )
  refused(
    () => parseVQConfig(vqvae(levels), 'm/vqvae/config.json'),
    /^m\/vqvae\/config\.json: "down_block_types" is .*; expected a list of at most 16 of "DownEncoderBlock2D"/,
  )
  refused(
    () => parseVQConfig({ ...vqvae(4), block_out_channels: vqvae(levels).block_out_channels }),
    /"block_out_channels" is \[32,32,.*; expected a list of at most 16 whole numbers above 0\.$/,
  )
})
