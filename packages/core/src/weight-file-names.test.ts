import { expect, test } from 'vitest'
import { weightFileNames, withVariant } from './weight-file-names.ts'

test('weights have their names as diffusers gives them, safetensors first, a variant before the last dot', () => {
  expect(weightFileNames()[0]).toBe('diffusion_pytorch_model.safetensors')
  expect(weightFileNames('fp16').slice(0, 3)).toEqual([
    'diffusion_pytorch_model.fp16.safetensors',
    'diffusion_pytorch_model.safetensors.index.fp16.json',
    'diffusion_pytorch_model.fp16.bin',
  ])
  expect(withVariant('model.bin', undefined)).toBe('model.bin')
  expect(weightFileNames('ema')).toHaveLength(weightFileNames().length)
})
