import { access, chmod, lstat, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolder, replaceFile, writeAtomically } from '@latentkit/backend-node'
import { encodeSafetensors, readSafetensors, readTensor, type TensorEntry } from '@latentkit/checkpoints'
import { LatentkitError, memoryFile, type OnProgress, PictureError, type Tensor } from '@latentkit/core'
import type { RunState } from '@latentkit/schedulers'
import { sha256 } from './receipt.ts'

/** What a picture's run left when it was cut off, in a hidden folder beside the picture that it was to become. */
export interface UnfinishedWork {
  /** Where to go on; undefined if there is nothing to go on from. */
  readonly state: RunState | undefined
  /** Longest side of the tiles it was done in. */
  readonly tile: number | undefined
  /** True if some of it was done in smaller ones, since memory ran out. */
  readonly mixedTiles: boolean
  keep(state: RunState, tiles: { readonly tile: number; readonly mixedTiles: boolean }): Promise<void>
  /**
   * Puts the finished picture in its place, made by `write` at a path of the same ending whose folder it makes if it is
   * missing, and removes the folder.
   * @throws PictureError if its place refuses it, saying where it is.
   */
  finish(write: (path: string) => Promise<void>): Promise<void>
}

/**
 * Opens the folder of a picture's unfinished work, or makes it.
 * @param key Decides what the result will be: work with another key is left aside, which is told.
 * @throws PictureError if the folder cannot be made or written.
 */
export async function openUnfinishedWork(
  output: string,
  key: string,
  onProgress?: OnProgress,
): Promise<UnfinishedWork> {
  const folder = join(dirname(output), `.${basename(output)}.latentkit`)
  const path = join(folder, 'state.safetensors')
  const explain = (cause: unknown): never => {
    const problem = `unfinished work cannot be kept in ${folder} (${(cause as Error).message})`
    throw new PictureError({ picture: output, problem, hint: 'Without --resume none is kept.', cause })
  }
  await makeFolder(folder).catch(explain)
  const found = await readState(path, key)
  if (typeof found === 'string') onProgress?.({ type: 'warning', code: 'work_left_aside', message: found })
  const kept = typeof found === 'object' ? found : undefined
  return {
    state: kept?.state,
    tile: kept?.tile,
    mixedTiles: kept?.mixedTiles ?? false,
    async keep({ stages, tensors }, { tile, mixedTiles }) {
      const tiles = { tile: String(tile), mixedTiles: String(mixedTiles) }
      const text = { key, stages: String(stages), ...tiles, sha256: hashTensors(tensors) }
      const bytes = encodeSafetensors(tensors, text)
      const write = () => makeFolder(folder).then(() => writeAtomically(path, bytes))
      // Another run of the same command may finish at this moment, and take the folder away.
      await write().catch(write).catch(explain)
    },
    async finish(write) {
      const there = await lstat(output).catch(() => undefined)
      // A link or a pipe is written through, not replaced.
      if (there && !there.isFile()) await write(output)
      else {
        // Everything temporary lies in the folder, so that nothing else can be left behind.
        const whole = join(folder, basename(output))
        try {
          await write(whole)
          if (there) await chmod(whole, there.mode)
          await replaceFile(whole, output)
        } catch (cause) {
          if (await isThere(whole)) {
            const problem = `cannot be put in its place (${(cause as Error).message})`
            throw new PictureError({ picture: output, problem, hint: `It is finished: move it from ${whole}.`, cause })
          }
          // Another run may just have taken the folder away.
          await write(output)
        }
      }
      // Others may look at it for a moment.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

interface KeptState {
  readonly state: RunState
  readonly tile: number
  readonly mixedTiles: boolean
}

/** The state of a file; undefined if there is none; words if it is of no use. */
async function readState(path: string, key: string): Promise<KeptState | string | undefined> {
  const bytes = await readFile(path).catch(() => undefined)
  if (!bytes) return undefined
  try {
    const { metadata, tensors: entries } = await readSafetensors(memoryFile(path, bytes))
    if (metadata.key !== key) return `${path} is of another picture or other settings: starting anew.`
    const tensors: Record<string, Tensor<'float32'>> = {}
    for (const [name, entry] of entries) tensors[name] = await readTensor(entry as TensorEntry<'float32'>)
    if (metadata.sha256 !== hashTensors(tensors)) return `${path} is damaged: starting anew.`
    const tiles = { tile: Number(metadata.tile), mixedTiles: metadata.mixedTiles === 'true' }
    return { state: { stages: Number(metadata.stages), tensors }, ...tiles }
  } catch (error) {
    if (!LatentkitError.isInstance(error)) throw error
    return `${path} is damaged: starting anew.`
  }
}

function hashTensors(tensors: RunState['tensors']): string {
  return sha256(
    Object.entries(tensors)
      .map(([name, { data }]) => `${name} ${sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))}`)
      .join('\n'),
  )
}
