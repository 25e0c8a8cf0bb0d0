import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDiskFile } from '@latentkit/backend-node'
import { readSafetensors, readTensor, type TensorEntry, type TensorIndex } from '@latentkit/checkpoints'
import type { DType, Tensor } from '@latentkit/core'

/** The folder of large reference files, which lies beside the repository and may be absent. */
export const sharedFolder: string = process.env.LATENTKIT_SHARED ?? join(import.meta.dirname, '../../../../shared')

/** Reference files that are copied into this package. */
export const fixturesFolder: string = join(import.meta.dirname, '__fixtures__')

/** True if the large reference files are there; says so if not. */
export function hasShared(path: string): boolean {
  const found = existsSync(join(sharedFolder, path))
  if (!found) process.stderr.write(`skipped: no ${path} in the shared folder beside the repository\n`)
  return found
}

export async function readJsonFile(path: string): Promise<Record<string, never>> {
  return JSON.parse(await readFile(path, 'utf8'))
}

/** Tensors of a reference file by name, read when asked for. */
export async function openReference(
  path: string,
): Promise<{ index: TensorIndex; read<D extends DType = 'float32'>(name: string): Promise<Tensor<D>> }> {
  const index = await readSafetensors(await openDiskFile(path))
  return { index, read: async (name) => readTensor(index.tensors.get(name) as TensorEntry<never>) }
}
