import { CheckpointError, InvalidArgumentError, memoryFile } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import { readCheckpoint } from '../read-checkpoint.ts'
import { readTensor } from '../read-tensor.ts'
import { fixtureJson, hasShared, sharedFile } from '../shared-fixture.ts'
import { tensorEntry } from '../tensor-entry.ts'
import type { TensorIndex } from '../tensor-index.ts'
import { fromCompVis, isCompVis } from './from-compvis.ts'

interface Mapping {
  original_config: { unet: { num_head_channels: number } }
  original_keys: Record<string, number[]>
  mapping: Record<
    string,
    { from: string; op: 'copy' | 'reshape' | 'rows'; to_shape: number[]; row_ranges?: number[][] }
  >
}

const none = memoryFile('none', new Uint8Array(0))

/** An index of tensors without bytes, each at an offset of its own. */
function indexOf(shapes: Record<string, readonly number[]>): TensorIndex {
  let offset = 0
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const entry = tensorEntry({ name, dtype: 'float32', shape, file: none, offset })
      offset += entry.byteLength
      return [name, entry]
    }),
  )
  return { name: 'model.ckpt', format: 'torch-zip', linearLayout: 'output-input', metadata: {}, tensors }
}

const full = fixtureJson<Mapping>('compvis_mapping.json')
const fullIndex = indexOf(full.original_keys)
const attentionHeadDim = full.original_config.unet.num_head_channels

test.each(['unet', 'vqvae'] as const)('%s of the full size: every name, shape and place', (part) => {
  const { tensors } = fromCompVis(fullIndex, { part, attentionHeadDim, weights: 'trained' })
  const expected = Object.entries(full.mapping).filter(([key]) => key.startsWith(`${part}/`))
  expect([...tensors.keys()].sort()).toEqual(expected.map(([key]) => key.slice(part.length + 1)).sort())
  for (const [key, { from, op, to_shape }] of expected) {
    const entry = tensors.get(key.slice(part.length + 1))!
    expect(entry.shape, key).toEqual(to_shape)
    expect(entry.inPlace, key).toBe(op !== 'rows')
    if (op !== 'rows') expect(entry.offset, key).toBe(fullIndex.tensors.get(from)!.offset)
  }
})

describe.skipIf(!hasShared)(
  'the original checkpoint of the reference files (skipped where ../shared is absent)',
  () => {
    test.each(['unet', 'vqvae'] as const)('%s: the same values as diffusers’ conversion', async (part) => {
      const original = await readCheckpoint(sharedFile('compvis/tiny/model.ckpt'))
      expect(isCompVis(original)).toBe(true)
      const converted = fromCompVis(original, { part, attentionHeadDim: 8, weights: 'trained' })
      const expected = await readCheckpoint(sharedFile(`compvis/tiny/${part}/diffusion_pytorch_model.safetensors`))
      expect(isCompVis(expected)).toBe(false)
      expect([...converted.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort())
      for (const [name, entry] of expected.tensors)
        expect(await readTensor(converted.tensors.get(name)!), name).toEqual(await readTensor(entry))
    })

    test('averaged weights are preferred', async () => {
      const original = await readCheckpoint(sharedFile('compvis/tiny/model.ckpt'))
      const name = 'down_blocks.0.resnets.0.conv1.weight'
      const averaged = fromCompVis(original, { part: 'unet', attentionHeadDim: 8 }).tensors.get(name)!
      const source = original.tensors.get('model_ema.diffusion_modelinput_blocks10in_layers2weight')!
      expect(averaged).toMatchObject({ name, offset: source.offset, inPlace: true })
      expect((await readTensor(averaged)).data).not.toEqual(
        (await readTensor(original.tensors.get('model.diffusion_model.input_blocks.1.0.in_layers.2.weight')!)).data,
      )
    })
  },
)

test('an index of its networks is told by the names', () => {
  expect(isCompVis(indexOf({ other: [1], 'model.diffusion_model.out.0.weight': [1] }))).toBe(true)
  expect(isCompVis(indexOf({ 'first_stage_model.quantize.embedding.weight': [1] }))).toBe(true)
  expect(isCompVis(indexOf({ 'conv_in.weight': [1], 'a.model.diffusion_model.out': [1] }))).toBe(false)
  expect(isCompVis(indexOf({}))).toBe(false)
})

test('without an averaged copy the trained weights are taken', () => {
  const { tensors } = fromCompVis(indexOf({ 'model.diffusion_model.out.2.bias': [3] }), {
    part: 'unet',
    attentionHeadDim: 8,
  })
  expect([...tensors.keys()]).toEqual(['conv_out.bias'])
})

test('the numbers of averaging alone are no averages', () => {
  const numbers = { 'model_ema.num_updates': [], 'model_ema.decay': [] }
  const { tensors } = fromCompVis(indexOf({ 'model.diffusion_model.out.2.bias': [3], ...numbers }), {
    part: 'unet',
    attentionHeadDim: 8,
  })
  expect([...tensors.keys()]).toEqual(['conv_out.bias'])
})

test('the autoencoder’s loss is left out', () => {
  const index = indexOf({
    'first_stage_model.quant_conv.bias': [3],
    'first_stage_model.loss.discriminator.main.0.weight': [1],
  })
  expect([...fromCompVis(index, { part: 'vqvae' }).tensors.keys()]).toEqual(['quant_conv.bias'])
})

test.each([
  [
    'no such network',
    { 'model.diffusion_model.out.2.bias': [3] },
    'vqvae',
    undefined,
    'has no vqvae: no tensor begins with',
  ],
  ['a layer of another kind', { 'model.diffusion_model.label_emb.0.weight': [3] }, 'unet', 8, 'belongs to no layer'],
  [
    'half an averaged copy',
    { 'model.diffusion_model.out.2.bias': [3], 'model_ema.diffusion_modelout2weight': [3] },
    'unet',
    8,
    'tensor "model_ema.diffusion_modelout2bias" is missing beside',
  ],
  [
    'an averaged copy of another shape',
    { 'model.diffusion_model.out.2.bias': [3], 'model_ema.num_updates': [], 'model_ema.diffusion_modelout2bias': [4] },
    'unet',
    8,
    'is of another shape than',
  ],
  [
    'heads that do not fit',
    { 'model.diffusion_model.middle_block.1.qkv.bias': [24] },
    'unet',
    3,
    'has 24 rows, expected three times',
  ],
] as const)('refuses %s', (_, shapes, part, headDim, message) => {
  const convert = () => fromCompVis(indexOf(shapes), { part, attentionHeadDim: headDim })
  expect(convert).toThrow(CheckpointError)
  expect(convert).toThrow(message)
})

test('q, k and v lie head by head; null is one head', () => {
  const index = indexOf({ 'model.diffusion_model.middle_block.1.qkv.bias': [24] })
  const names = (headDim: number | null) => [
    ...fromCompVis(index, { part: 'unet', attentionHeadDim: headDim }).tensors.values(),
  ]
  for (const headDim of [4, 8, null]) {
    expect(names(headDim).map(({ name, shape, inPlace }) => [name.replace(/.*to_/, ''), shape, inPlace])).toEqual(
      ['q', 'k', 'v'].map((layer) => [`${layer}.bias`, [8], headDim !== 4]),
    )
  }
})

test.each([
  ['an unknown name', { part: 'unet', attention_head_dim: 8 }, 'option is "attention_head_dim"; expected one of part,'],
  ['another part', { part: 'vae' }, 'part is "vae"; expected unet or vqvae.'],
  ['no part', {}, 'part is undefined; expected unet or vqvae.'],
  ['no options', undefined, 'part is undefined; expected unet or vqvae.'],
  ['null', null, 'options is null; expected an object of part, attentionHeadDim, weights.'],
  ['other weights', { part: 'vqvae', weights: 'x' }, 'weights is "x"; expected ema or trained.'],
  ['no width of a head', { part: 'unet' }, 'attentionHeadDim is undefined; expected a whole number from 1, or null'],
  ['a width of 0', { part: 'unet', attentionHeadDim: 0 }, 'attentionHeadDim is 0; expected a whole number from 1'],
  ['a width as text', { part: 'unet', attentionHeadDim: '8' }, 'attentionHeadDim is "8"; expected'],
  ['a broken width', { part: 'vqvae', attentionHeadDim: 1.5 }, 'attentionHeadDim is 1.5; expected'],
])('refuses options with %s', (_, options, message) => {
  const index = indexOf({ 'model.diffusion_model.out.2.bias': [3], 'first_stage_model.quant_conv.bias': [3] })
  const convert = () => fromCompVis(index, options as never)
  expect(convert).toThrow(InvalidArgumentError)
  expect(convert).toThrow(message)
})
