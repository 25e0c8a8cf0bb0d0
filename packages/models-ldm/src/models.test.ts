import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createNodeBackend, openDiskFile } from '@latentkit/backend-node'
import { readSafetensors } from '@latentkit/checkpoints'
import { createTorchGenerator, float32, type Tensor } from '@latentkit/core'
import { relativeDifference } from '@latentkit/core/testing'
import type { Graph } from '@latentkit/onnx-graph'
import { afterAll, describe, expect, test } from 'vitest'
import {
  buildKLDecoder,
  buildKLEncoder,
  buildUNet2D,
  buildVQDecoder,
  buildVQEncoder,
  createGraphSession,
  drawLatents,
  type Precision,
  parseKLConfig,
  parseUNet2DConfig,
  parseVQConfig,
  precisions,
  prepareWeights,
  readQuantizer,
  type WeightSource,
} from './index.ts'
import { fixturesFolder, hasShared, openReference, readJsonFile, sharedFolder } from './shared-fixture.ts'

/** Relative to the largest value of a tensor; for float32 as the README of the reference files states it. */
const tolerances: Record<Precision, number> = { float32: 2e-5, float16: 3e-3 }

const backend = createNodeBackend()
afterAll(() => backend.dispose())

async function run(
  graph: Graph,
  weights: WeightSource,
  inputs: Record<string, Tensor>,
): Promise<Readonly<Record<string, Tensor>>> {
  // The runtime warns of tensors that nothing uses.
  const used = new Set(graph.nodes.flatMap((node) => node.inputs))
  expect(graph.initializers.filter(({ name }) => !used.has(name))).toEqual([])
  const session = await createGraphSession(backend, graph, weights)
  const outputs = await session.run(inputs)
  await session.dispose()
  return outputs
}

function agree(actual: Tensor | undefined, expected: Tensor<'float32'>, precision: Precision = 'float32'): void {
  expect(actual?.shape).toEqual(expected.shape)
  const difference = relativeDifference(actual!.data as Float32Array, expected.data)
  expect(difference).toBeLessThan(tolerances[precision])
  // Numbers that agree better than halves can were not computed in halves.
  if (precision === 'float16') expect(difference).toBeGreaterThan(tolerances.float32)
}

/** A few references are copied into the package; the others are read where the shared folder is. */
const copied = existsSync(fixturesFolder)
  ? readdirSync(fixturesFolder).filter((name) => /^(unet|vq|kl)_/.test(name))
  : []
const shared = hasShared('fixtures/models') ? readdirSync(join(sharedFolder, 'fixtures/models')) : []
const folders = [
  ...copied.map((name) => join(fixturesFolder, name)),
  ...shared.filter((name) => !copied.includes(name)).map((name) => join(sharedFolder, 'fixtures/models', name)),
]

test('normalisations are computed in float32 in either precision', async () => {
  const { json, weights } = await open(join(fixturesFolder, 'vq_main'))
  const { nodes, values } = buildVQDecoder(parseVQConfig(json), weights, {
    batch: 1,
    height: 8,
    width: 8,
    precision: 'float16',
  })
  const typesOf = (operator: string) =>
    new Set(nodes.filter((node) => node.operator === operator).map(({ inputs }) => values.get(inputs[0]!)?.dtype))
  expect(typesOf('InstanceNormalization')).toEqual(new Set(['float32']))
  expect(typesOf('Conv')).toEqual(new Set(['float16']))
})

async function open(folder: string) {
  const json = await readJsonFile(join(folder, 'config.json'))
  const weights = await prepareWeights(
    await readSafetensors(await openDiskFile(join(folder, 'diffusion_pytorch_model.safetensors'))),
  )
  const { cases } = (await readJsonFile(join(folder, 'cases.json'))) as unknown as {
    cases: { shape: number[]; timestep?: number | number[]; sample_seed?: number }[]
  }
  return { json, weights, cases, reference: await openReference(join(folder, 'io.safetensors')) }
}

describe.each(precisions)('UNet2DModel gives diffusers’ numbers in %s', (precision) => {
  for (const folder of folders.filter((path) => path.includes('unet_'))) {
    test(folder.split('/').at(-1)!, async () => {
      const { json, weights, cases, reference } = await open(folder)
      const config = parseUNet2DConfig(json)
      expect(config.unknownKeys).toEqual([])
      for (const [index, { shape, timestep }] of cases.entries()) {
        const [batch, , height, width] = shape as [number, number, number, number]
        const graph = buildUNet2D(config, weights, { batch, height, width, precision })
        const times = typeof timestep === 'number' ? Array<number>(batch).fill(timestep) : timestep!
        const inputs: Record<string, Tensor> = {
          sample: await reference.read(`case${index}.sample`),
          timestep: float32([batch], times),
        }
        if (reference.index.tensors.has(`case${index}.class_labels`)) {
          const labels = await reference.read(`case${index}.class_labels`)
          inputs.class_labels = float32(labels.shape, Array.from(labels.data as ArrayLike<number | bigint>, Number))
        }
        agree((await run(graph, weights, inputs)).output, await reference.read(`case${index}.output`), precision)
      }
    })
  }
})

describe.each(precisions)('VQModel gives diffusers’ numbers in %s', (precision) => {
  for (const folder of folders.filter((path) => path.includes('vq_'))) {
    test(folder.split('/').at(-1)!, async () => {
      const { json, weights, cases, reference } = await open(folder)
      const config = parseVQConfig(json)
      expect(config.unknownKeys).toEqual([])
      for (const [index, { shape }] of cases.entries()) {
        const [batch, , height, width] = shape as [number, number, number, number]
        const sample = await reference.read(`case${index}.sample`)
        const encoded = await run(buildVQEncoder(config, weights, { batch, height, width, precision }), weights, {
          sample,
        })
        agree(encoded.latents, await reference.read(`case${index}.encode`), precision)

        const latents = await reference.read(`case${index}.latents`)
        const small = { batch, height: latents.shape[2]!, width: latents.shape[3]!, precision }
        const codes = (await readQuantizer(config, weights)).quantize(latents)
        expect(codes.indices.data).toEqual((await reference.read<'int64'>(`case${index}.indices`)).data)
        agree(codes.latents, await reference.read(`case${index}.quantized`))

        const decoder = buildVQDecoder(config, weights, small)
        agree(
          (await run(decoder, weights, { latents: codes.latents })).sample,
          await reference.read(`case${index}.decode`),
          precision,
        )
        agree(
          (await run(decoder, weights, { latents })).sample,
          await reference.read(`case${index}.decode_force_not_quantize`),
          precision,
        )
      }
    })
  }
})

describe.each(precisions)('AutoencoderKL gives diffusers’ numbers in %s', (precision) => {
  for (const folder of folders.filter((path) => path.includes('kl_'))) {
    test(folder.split('/').at(-1)!, async () => {
      const { json, weights, cases, reference } = await open(folder)
      const config = parseKLConfig(json)
      expect(config.unknownKeys).toEqual([])
      for (const [index, { shape, sample_seed }] of cases.entries()) {
        const read = (name: string) => reference.read(`case${index}.${name}`)
        const [batch, , height, width] = shape as [number, number, number, number]
        const encoder = buildKLEncoder(config, weights, { batch, height, width, precision })
        const encoded = await run(encoder, weights, { sample: await read('sample') })
        agree(encoded.mean, await read('mean'), precision)
        agree(encoded.logvar, await read('logvar'), precision)

        const [mean, logvar] = [await read('mean'), await read('logvar')]
        const drawn = drawLatents({ mean, logvar }, createTorchGenerator(sample_seed!))
        agree(drawn, await read('drawn'))

        const small = { batch, height: mean.shape[2]!, width: mean.shape[3]!, precision }
        const decoder = buildKLDecoder(config, weights, small)
        agree((await run(decoder, weights, { latents: mean })).sample, await read('decode_of_mode'), precision)
        agree((await run(decoder, weights, { latents: drawn })).sample, await read('decode_of_drawn'), precision)
      }
    })
  }
})
