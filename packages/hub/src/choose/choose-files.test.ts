import { expect, test } from 'vitest'
import { compVisFiles } from '../testing/model-fixture.ts'
import { chooseFiles } from './choose-files.ts'

function choose(paths: readonly string[], options: Parameters<typeof chooseFiles>[1] = {}): readonly string[] {
  return chooseFiles(
    paths.map((path) => ({ path })),
    options,
  ).map(({ path }) => path)
}

// The file names of CompVis/ldm-super-resolution-4x-openimages on main: it has no float32 safetensors.
const compVis = Object.keys(compVisFiles(10))
const configurations = ['model_index.json', 'scheduler/scheduler_config.json', 'unet/config.json', 'vqvae/config.json']

test('the super-resolution model: float32 is .bin, half precision is safetensors', () => {
  expect(choose(compVis)).toEqual(
    [...configurations, 'unet/diffusion_pytorch_model.bin', 'vqvae/diffusion_pytorch_model.bin'].sort(),
  )
  const half = ['unet', 'vqvae'].map((part) => `${part}/diffusion_pytorch_model.fp16.safetensors`)
  expect(choose(compVis, { variant: 'fp16' })).toEqual([...configurations, ...half].sort())
})

test('no .bin once there is a safetensors file of the wanted kind', () => {
  const both = [...compVis, 'unet/diffusion_pytorch_model.safetensors', 'vqvae/diffusion_pytorch_model.safetensors']
  const weights = choose(both).filter((path) => path.includes('pytorch_model'))
  expect(weights).toEqual(both.slice(-2))
})

test('a repository with everything in it: documentation, pictures, other formats and frameworks stay', () => {
  const paths = [
    ...['.gitattributes', 'LICENSE.md', 'README.md', 'assets/example.png', 'model_index.json', 'latentkit.json'],
    ...['v1-5-pruned.ckpt', 'v1-5-pruned.safetensors', 'onnx/config.json', 'onnx/model.onnx', 'training/args.json'],
    ...['feature_extractor/preprocessor_config.json', 'safety_checker/config.json', 'safety_checker/model.safetensors'],
    ...['safety_checker/pytorch_model.bin', 'scheduler/scheduler_config.json', 'text_encoder/config.json'],
    ...['text_encoder/model.safetensors', 'text_encoder/pytorch_model.bin', 'text_encoder/model.fp16.safetensors'],
    ...['tokenizer/merges.txt', 'tokenizer/vocab.json', 'tokenizer/tokenizer_config.json', 'unet/config.json'],
    ...['unet/diffusion_flax_model.msgpack', 'unet/diffusion_pytorch_model.safetensors', 'unet/README.md'],
    ...['unet/diffusion_pytorch_model.non_ema.safetensors', 'unet/diffusion_pytorch_model.bin'],
  ]
  const components = ['scheduler', 'text_encoder', 'tokenizer', 'unet']
  expect(choose(paths, { components })).toEqual([
    'latentkit.json',
    'model_index.json',
    'scheduler/scheduler_config.json',
    'text_encoder/config.json',
    'text_encoder/model.safetensors',
    'tokenizer/merges.txt',
    'tokenizer/tokenizer_config.json',
    'tokenizer/vocab.json',
    'unet/config.json',
    'unet/diffusion_pytorch_model.safetensors',
  ])
})

test('shards come with their index, of one variant and one format', () => {
  const shards = (ending: string, infix = '') =>
    [1, 2].map((n) => `unet/diffusion_pytorch_model${infix}-0000${n}-of-00002.${ending}`)
  const paths = [
    ...['model_index.json', 'unet/config.json'],
    ...[
      'unet/diffusion_pytorch_model.safetensors.index.json',
      'unet/diffusion_pytorch_model.safetensors.index.fp16.json',
    ],
    ...[...shards('safetensors'), ...shards('safetensors', '.fp16'), ...shards('bin')],
    'unet/diffusion_pytorch_model.bin.index.json',
  ]
  expect(choose(paths)).toEqual([...paths.slice(0, 3), ...shards('safetensors')].sort())
  expect(choose(paths, { variant: 'fp16' })).toEqual(
    [...paths.slice(0, 2), paths[3]!, ...shards('safetensors', '.fp16')].sort(),
  )
})

test.each(['.fp16-00001-of-00002', '-00001-of-00002.fp16'])('shards of a variant are called …%s', (end) => {
  const shards = [1, 2].map((n) => `diffusion_pytorch_model${end.replace('00001', `0000${n}`)}.safetensors`)
  const index = 'diffusion_pytorch_model.safetensors.index.fp16.json'
  const others = ['diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model-00001-of-00002.safetensors']
  const chosen = choose(['config.json', ...shards, index, ...others], { variant: 'fp16' })
  expect(chosen).toEqual(['config.json', ...shards, index].sort())
})

test('a repository of one network', () => {
  const paths = ['README.md', 'config.json', 'diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.bin']
  expect(choose(paths)).toEqual(['config.json', 'diffusion_pytorch_model.safetensors'])
})

test('a component without the variant is taken without it where another has it', () => {
  const paths = ['model_index.json', 'unet/config.json', 'vqvae/config.json', 'vqvae/diffusion_pytorch_model.bin']
  const half = 'unet/diffusion_pytorch_model.fp16.bin'
  expect(choose([...paths, half, 'unet/diffusion_pytorch_model.bin'], { variant: 'fp16' })).toEqual(
    [...paths, half].sort(),
  )
})

test('a repository of one original checkpoint', () => {
  expect(choose(['README.md', 'model.ckpt', 'config.yaml'])).toEqual(['model.ckpt'])
  expect(() => choose(['model.ckpt', 'last.ckpt'])).toThrow(/"the top folder" has no weights/)
})

test('what is missing is said, with what there is', () => {
  expect(() => choose(compVis, { variant: 'int4', repository: 'CompVis/x' })).toThrow(
    'CompVis/x: "unet" has no weights of variant "int4". There are: those without a variant, "fp16".',
  )
  expect(() => choose(compVis.filter((path) => !/model\.bin/.test(path)))).toThrow(
    'repository: "unet" has no weights without a variant. There are: "fp16".',
  )
  expect(() => choose(compVis, { components: ['unet', 'bert'] })).toThrow(
    /has no folder "bert", which model_index\.json names/,
  )
  expect(() => choose(['README.md', 'config.json'])).toThrow(/"the top folder" has no weights without a variant\.$/)
  const onlyFlax = ['model_index.json', 'unet/config.json', 'unet/diffusion_flax_model.msgpack']
  expect(() => choose(onlyFlax)).toThrow(/"unet" has no weights/)
})

/** Seconds that choosing takes, whatever comes of it. */
function secondsOf(paths: readonly string[], options?: Parameters<typeof chooseFiles>[1]): number {
  const start = performance.now()
  expect(() => choose(paths, options)).toThrow(/has no weights/)
  return (performance.now() - start) / 1000
}

test('a repository may have a hundred thousand files', () => {
  const many = Array.from({ length: 100_000 }, (_, i) => i)
  const folder = many.map((i) => `unet/${i}.json`)
  expect(secondsOf(['model_index.json', 'unet/config.json', ...folder])).toBeLessThan(10)
  const variants = many.map((i) => `diffusion_pytorch_model.v${i}.bin`)
  expect(secondsOf(variants)).toBeLessThan(10)
})

test('of many variants the first few are named', () => {
  const paths = Array.from({ length: 30 }, (_, i) => `diffusion_pytorch_model.v${i}.bin`)
  expect(() => choose(paths)).toThrow(/There are: "v0", .*"v19", and 10 others\.$/)
})
