import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openModel } from '@latentkit/backend-node'
import { readCheckpoint, readTensor } from '@latentkit/checkpoints'
import type { DerivedFile } from '@latentkit/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
// Tests of this package write the same hand-made files as those of the package that reads them.
import { write } from '../../checkpoints/src/pickle/pickle-fixture.ts'
import { joinParts } from '../../checkpoints/src/sparse-fixture.ts'
import { torchZipParts } from '../../checkpoints/src/torch/write-torch-fixture.ts'
import { prepareWeights } from './index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** A square matrix that lies turned round, and one as it should. */
async function openTurned(side: number) {
  const values = Float32Array.from({ length: side * side }, (_, i) => (i % 251) - 125)
  const storage = write.storage('FloatStorage', '0', values.length)
  const value = write.dict([
    ['turned', write.tensor(storage, 0, [side, side], [1, side])],
    ['straight', write.tensor(storage, 0, [side, side], [side, 1])],
  ])
  await writeFile(join(folder, 'w.bin'), joinParts(torchZipParts(value, { '0': new Uint8Array(values.buffer) })))
  const files = await openModel(join(folder, 'w.bin'))
  return { files, checkpoint: await readCheckpoint(await files.open('w.bin')) }
}
const kept = async () =>
  (await readdir(join(folder, 'cache'), { recursive: true }).catch(() => [])).filter((name) =>
    /[0-9a-f]{64}$/.test(name),
  )

test('much that cannot be used in place is copied once, into a file that is', async () => {
  const { files, checkpoint } = await openTurned(1500)
  const first = await prepareWeights(checkpoint, files)
  expect(first.copies.size).toBe(0)
  expect([...first.index.tensors.keys()]).toEqual(['turned', 'straight'])
  expect(first.index.tensors.get('straight')!.file.name).toBe('w.bin')
  const turned = first.index.tensors.get('turned')!
  expect(turned).toMatchObject({ inPlace: true, shape: [1500, 1500] })
  expect(turned.file.localPath).toContain(join(folder, 'cache', 'latentkit', 'weights'))
  const { data } = await readTensor(turned)
  expect([data[1], data[1500]]).toEqual([(1500 % 251) - 125, 1 - 125])
  expect(await kept()).toHaveLength(1)
  const ofClass = new (class {
    readonly #files = files
    derive(file: DerivedFile) {
      return this.#files.derive!(file)
    }
  })()
  expect((await prepareWeights(checkpoint, ofClass)).copies.size).toBe(0)
  const again = await prepareWeights(checkpoint, files)
  expect(again.index.tensors.get('turned')!.file.localPath).toBe(turned.file.localPath)
})

test('little is copied into memory', async () => {
  const { files, checkpoint } = await openTurned(100)
  const { copies } = await prepareWeights(checkpoint, files)
  expect([...copies.keys()]).toEqual(['turned'])
  expect(await kept()).toEqual([])
})
