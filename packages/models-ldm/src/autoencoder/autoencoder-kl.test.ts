import { openDiskFile } from '@latentkit/backend-node'
import { readSafetensors } from '@latentkit/checkpoints'
import { createTorchGenerator, float16, float32 } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import { fixturesFolder, readJsonFile } from '../shared-fixture.ts'
import { prepareWeights } from '../weight-source.ts'
import { buildKLDecoder, buildKLEncoder, drawLatents } from './autoencoder-kl.ts'
import { parseKLConfig } from './kl-config.ts'

const folder = `${fixturesFolder}/kl_main`
const checkpoint = await readSafetensors(await openDiskFile(`${folder}/diffusion_pytorch_model.safetensors`))
const weights = await prepareWeights(checkpoint)
const config = parseKLConfig(await readJsonFile(`${folder}/config.json`))
const shape = { batch: 1, height: 8, width: 8 }

describe('what is no shape for a graph is refused by name', () => {
  test.each([
    [{ ...shape, height: 7 }, 'height is 7; expected a multiple of 2.'],
    [{ ...shape, width: 0 }, 'width is 0; expected a multiple of 2.'],
    [{ height: 8, width: 8 }, 'batch is undefined; expected a whole number above 0.'],
    [{ ...shape, precision: 'fp16' }, 'precision is "fp16"; expected one of float32, float16.'],
    [{ ...shape, convolutions: 'foo' }, 'convolutions is "foo"; expected one of direct, winograd.'],
    [{ ...shape, dtype: 'float16' }, 'option is "dtype"; expected one of batch, height, width, '],
    [undefined, 'shape is undefined; expected an object of batch, height and width.'],
  ])('%j', (wrong, message) => {
    expect(() => buildKLEncoder(config, weights, wrong as never)).toThrow(message)
  })

  test('latents may have any size', () => {
    const { values } = buildKLDecoder(config, weights, { ...shape, height: 7 })
    expect(values.get('sample')?.shape).toEqual([1, 3, 14, 16])
  })
})

test('weights that were not prepared are refused', async () => {
  const message = 'expected weights, such as prepareWeights gives.'
  for (const wrong of [checkpoint, prepareWeights(checkpoint), undefined])
    expect(() => buildKLDecoder(config, wrong as never, shape)).toThrow(message)
  for (const wrong of [Promise.resolve(checkpoint), 'vae.safetensors'])
    await expect(prepareWeights(wrong as never)).rejects.toThrow('expected a checkpoint, such as openCheckpoint')
})

test('what latents cannot be drawn from is refused', () => {
  const mean = float32([1, 1, 1, 2], [1, 2])
  const generator = createTorchGenerator(0)
  const refused = (encoded: object, drawing: unknown = generator) =>
    expect(() => drawLatents(encoded, drawing as never))
  refused({ mean, logvar: mean }, 5).toThrow(
    'generator is 5; expected a generator, such as createTorchGenerator(0) gives.',
  )
  refused({ mean }).toThrow('logvar is undefined; expected a float32 tensor.')
  refused({ mean, logvar: float16([1, 1, 1, 2], [1, 2]) }).toThrow('logvar is "float16"; expected a float32 tensor.')
  refused({ mean, logvar: float32([1, 1, 2, 1], [1, 2]) }).toThrow('logvar is [1,1,2,1]; expected the shape [1,1,1,2].')
})
