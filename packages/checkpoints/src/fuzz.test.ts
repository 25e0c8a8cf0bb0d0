import { LatentkitError, memoryFile, memoryFiles } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import { measure, mostBytes, mostSeconds } from './bounds-fixture.ts'
import { fromCompVis } from './compvis/from-compvis.ts'
import { bytesOf, write } from './pickle/pickle-fixture.ts'
import { randomBelow } from './random-fixture.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import { readSharded } from './read-sharded.ts'
import { readTensor } from './read-tensor.ts'
import { safetensorsBytes } from './safetensors/write-safetensors-fixture.ts'
import { fixtureBytes } from './shared-fixture.ts'
import { joinParts } from './sparse-fixture.ts'
import { rowMajorStrides } from './tensor-entry.ts'
import type { TensorIndex } from './tensor-index.ts'
import { torchZipParts } from './torch/write-torch-fixture.ts'

/** A file to spoil, and the reader of what came of it. */
interface Subject {
  readonly original: Uint8Array
  readonly read: (bytes: Uint8Array) => Promise<readonly TensorIndex[]>
}

const ofFile = (original: Uint8Array): Subject => ({
  original,
  read: async (bytes) => [await readCheckpoint(memoryFile('w', bytes))],
})

const shapes = {
  'model.diffusion_model.middle_block.1.qkv.weight': [24, 8, 1],
  'first_stage_model.quant_conv.bias': [3],
}
const torchFile = (deflate: boolean): Uint8Array => {
  const tensors = Object.entries(shapes).map(([name, shape], i) => {
    const storage = write.storage(
      'FloatStorage',
      `${i}`,
      shape.reduce((a, b) => a * b, 1),
    )
    return [name, write.tensor(storage, 0, shape, rowMajorStrides(shape))] as const
  })
  const storages = { '0': new Uint8Array(24 * 8 * 4).fill(1), '1': new Uint8Array(12) }
  return joinParts(torchZipParts(write.dict([['state_dict', write.dict(tensors)]]), storages, [], deflate))
}
const shard = (name: string) => safetensorsBytes({ [name]: { dtype: 'F16', shape: [2], data_offsets: [0, 4] } }, 4)

const subjects: Record<string, Subject> = {
  ...Object.fromEntries(
    [
      'odd_tensors/odd.safetensors',
      'odd_tensors/odd.zip.pt',
      'odd_tensors/odd.p4.pt',
      'odd_tensors/odd.legacy.pt',
      'vqvae/legacy.bin',
      'vqvae/model_state.tuple.p4.pdparams',
      'vqvae/big_params.p2.pdparams',
      'vqvae/fortran.p2.pdparams',
    ].map((path) => [path, ofFile(fixtureBytes(path))]),
  ),
  'a deflated archive': ofFile(torchFile(true)),
  'an original checkpoint': {
    ...ofFile(torchFile(false)),
    async read(bytes) {
      const index = await readCheckpoint(memoryFile('w', bytes))
      return [index, fromCompVis(index, { part: 'unet', attentionHeadDim: 4 }), fromCompVis(index, { part: 'vqvae' })]
    },
  },
  'a map of shards': {
    original: bytesOf(JSON.stringify({ metadata: {}, weight_map: { a: '1.safetensors', b: '2.safetensors' } })),
    read: async (map) => [
      await readSharded(
        memoryFiles('m', { 'w.index.json': map, '1.safetensors': shard('a'), '2.safetensors': shard('b') }),
        'w.index.json',
      ),
    ],
  },
  'a shard': {
    original: shard('b'),
    read: async (bytes) => [
      await readSharded(
        memoryFiles('m', {
          'w.index.json': '{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}',
          '1.safetensors': shard('a'),
          '2.safetensors': bytes,
        }),
        'w.index.json',
      ),
    ],
  },
}

/**
 * Reads a file and all its tensors, which must end in tensors or an error of ours, within the bounds that hold for any file.
 * @returns Whether it was read.
 */
async function readAll({ read }: Subject, bytes: Uint8Array, what: string): Promise<boolean> {
  let failure: unknown
  const start = process.cpuUsage()
  try {
    for (const { tensors } of await read(bytes)) for (const entry of tensors.values()) await readTensor(entry)
  } catch (error) {
    failure = error
  }
  const { user, system } = process.cpuUsage(start)
  if (failure !== undefined && !LatentkitError.isInstance(failure)) expect.fail(`${what}: ${(failure as Error).stack}`)
  if ((user + system) / 1e6 > mostSeconds) expect.fail(`${what} took ${(user + system) / 1e6} s`)
  return failure === undefined
}

describe.each(Object.entries(subjects))('%s', (name, subject) => {
  const { original } = subject
  const rounds = original.length < 10_000 ? 600 : 60

  test('with some bytes changed is read, or refused by an error of ours', async () => {
    const below = randomBelow(name.length)
    let refused = 0
    // What one took cannot be more than what all took together.
    const { bytes: grown } = await measure(async () => {
      for (let round = 0; round < rounds; round++) {
        const bytes = original.slice()
        for (let change = 0; change <= below(5); change++) {
          const at = below(2) === 0 ? below(bytes.length) : below(Math.min(bytes.length, 3000))
          bytes[at] = below(2) === 0 ? below(256) : original[below(original.length)]!
        }
        if (!(await readAll(subject, bytes, `${name}, round ${round}`))) refused++
      }
    })
    expect(refused).toBeGreaterThan(0)
    expect(grown).toBeLessThan(mostBytes)
  })

  test('cut short anywhere is refused', async () => {
    const step = original.length < 10_000 ? 7 : Math.floor(original.length / 300)
    const { bytes: grown } = await measure(async () => {
      for (let length = 0; length < original.length; length += step) {
        const read = await readAll(subject, original.slice(0, length), `${name} of ${length} bytes`)
        if (read) expect.fail(`${name} was read from its first ${length} of ${original.length} bytes`)
      }
    })
    expect(grown).toBeLessThan(mostBytes)
  })
})
