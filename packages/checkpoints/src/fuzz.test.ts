import { LatentkitError, memoryFile } from '@latentkit/core'
import { expect, test } from 'vitest'
import { randomBelow } from './random-fixture.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import { readTensor } from './read-tensor.ts'
import { fixtureBytes } from './shared-fixture.ts'

const files = [
  'odd_tensors/odd.safetensors',
  'odd_tensors/odd.zip.pt',
  'odd_tensors/odd.p4.pt',
  'odd_tensors/odd.legacy.pt',
  'vqvae/legacy.bin',
  'vqvae/model_state.tuple.p4.pdparams',
  'vqvae/big_params.p2.pdparams',
  'vqvae/fortran.p2.pdparams',
]

/** Reads a file and all its tensors; what goes wrong must be an error of ours. */
async function readAll(bytes: Uint8Array, what: string): Promise<boolean> {
  try {
    const { tensors } = await readCheckpoint(memoryFile('w', bytes))
    for (const entry of tensors.values()) await readTensor(entry)
    return true
  } catch (error) {
    if (!LatentkitError.isInstance(error)) expect.fail(`${what}: ${(error as Error).stack}`)
    return false
  }
}

test.each(files)('%s with some bytes changed is read, or refused by an error of ours', async (path) => {
  const original = fixtureBytes(path)
  const below = randomBelow(path.length)
  const rounds = original.length < 10_000 ? 600 : 60
  let refused = 0
  for (let round = 0; round < rounds; round++) {
    const bytes = original.slice()
    for (let change = 0; change <= below(5); change++) {
      const at = below(2) === 0 ? below(bytes.length) : below(Math.min(bytes.length, 3000))
      bytes[at] = below(2) === 0 ? below(256) : original[below(original.length)]!
    }
    if (!(await readAll(bytes, `${path}, round ${round}`))) refused++
  }
  expect(refused).toBeGreaterThan(0)
})

test.each(files)('%s cut short anywhere is refused', async (path) => {
  const original = fixtureBytes(path)
  const step = original.length < 10_000 ? 7 : Math.floor(original.length / 300)
  for (let length = 0; length < original.length; length += step) {
    const read = await readAll(original.slice(0, length), `${path} of ${length} bytes`)
    if (read) expect.fail(`${path} was read from its first ${length} of ${original.length} bytes`)
  }
})
