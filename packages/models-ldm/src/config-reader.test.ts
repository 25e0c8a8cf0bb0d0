import { ConfigError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { parseKLConfig } from './autoencoder/kl-config.ts'
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

// Found by comparing random configurations with diffusers.
test.each([
  [
    'groups that do not divide a width beside skip blocks',
    {
      block_out_channels: [12, 20],
      down_block_types: ['SkipDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'UpBlock2D'],
      norm_num_groups: 8,
    },
    '"norm_num_groups" is 8; expected a divisor of every one of the channels [12,20].',
  ],
  [
    'widths of which skip blocks make no groups',
    {
      block_out_channels: [8, 14],
      down_block_types: ['SkipDownBlock2D', 'SkipDownBlock2D'],
      up_block_types: ['SkipUpBlock2D', 'SkipUpBlock2D'],
      norm_num_groups: 2,
    },
    '"block_out_channels" is [8,14]; expected widths with which skip blocks have groups',
  ],
  [
    'other than three channels through skip blocks',
    { ...unet(2), up_block_types: ['SkipUpBlock2D', 'SkipUpBlock2D'], out_channels: 1 },
    '"out_channels" is 1; expected 3, as SkipUpBlock2D makes',
  ],
  [
    'the same',
    { ...unet(2), down_block_types: ['SkipDownBlock2D', 'DownBlock2D'], in_channels: 6 },
    '"in_channels" is 6',
  ],
  [
    'skip blocks after others on the way down',
    { ...unet(2), down_block_types: ['DownBlock2D', 'SkipDownBlock2D'] },
    '"down_block_types" is ["DownBlock2D","SkipDownBlock2D"]; expected SkipDownBlock2D before all others',
  ],
  [
    'others after skip blocks on the way up',
    { ...unet(2), up_block_types: ['SkipUpBlock2D', 'UpBlock2D'] },
    '"up_block_types" is ["SkipUpBlock2D","UpBlock2D"]; expected SkipUpBlock2D after all others',
  ],
  ['a padding that changes sides', { ...unet(2), downsample_padding: 2 }, '"downsample_padding" is 2; expected 0 or 1'],
  [
    'heads of diffusers’ own default that do not divide',
    { block_out_channels: [12, 12, 12, 12], norm_num_groups: 4 },
    '"attention_head_dim" is 8; expected a divisor',
  ],
])('of a UNet %s are refused by key', (_, config, message) => {
  expect(() => parseUNet2DConfig(config)).toThrow(ConfigError)
  expect(() => parseUNet2DConfig(config)).toThrow(`unet/config.json: ${message}`)
})

test('an autoencoder is read in the words that a UNet is', () => {
  const config = { act_fn: 'SiLU', down_block_types: ['UNetResDownEncoderBlock2D'] }
  expect(parseVQConfig(config)).toMatchObject({ activation: 'silu', downBlockTypes: ['DownEncoderBlock2D'] })
})

test.each([parseUNet2DConfig, parseVQConfig, parseKLConfig])('what is no parsed configuration is refused', (parse) => {
  for (const wrong of [undefined, '{}', [], Promise.resolve({})])
    expect(() => parse(wrong as never)).toThrow('expected the object that a config.json holds.')
  expect(() => parse(Promise.resolve({}) as never)).toThrow('config is a promise, which is to be awaited;')
})

test('an AutoencoderKL has diffusers’ defaults, and as many means as channels', () => {
  expect(parseKLConfig({})).toMatchObject({
    latentChannels: 4,
    useQuantConv: true,
    usePostQuantConv: true,
    scalingFactor: 0.18215,
    shiftFactor: 0,
    latentsMean: undefined,
    latentsStd: undefined,
  })
  const two = { latent_channels: 2, latents_mean: [0.1, -0.2], latents_std: [1, 2], shift_factor: 0.5 }
  expect(parseKLConfig(two)).toMatchObject({ latentsMean: [0.1, -0.2], latentsStd: [1, 2], shiftFactor: 0.5 })
  expect(() => parseKLConfig({ ...two, latents_mean: [0.1] })).toThrow(
    'vae/config.json: "latents_mean" is [0.1]; expected a list of 2 numbers, or null.',
  )
  expect(() => parseKLConfig({ shift_factor: '0' })).toThrow('expected a number, or null.')
  expect(() => parseKLConfig({ _class_name: 'VQModel' })).toThrow('expected one of "AutoencoderKL".')
})
