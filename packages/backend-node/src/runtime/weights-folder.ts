import { dirname, relative, sep } from 'node:path'
import type { RandomAccessFile } from '@latentkit/core'

/** How the runtime is told where the weights are. */
export interface WeightsPlan {
  /** What the model shall call each file, by key. */
  readonly locations: Readonly<Record<string, string>>
  /** The folder that the runtime maps files from; undefined if the files are handed over in memory. */
  readonly folder: string | undefined
}

/**
 * Finds the one folder that all weight files lie below, and their paths relative to it: the runtime maps only files
 * inside the folder it is given, by real paths. Without a place on disk for every file, or with files on several drives of
 * Windows, there is no such folder.
 */
export function planWeights(weights: Readonly<Record<string, RandomAccessFile>>): WeightsPlan {
  const entries = Object.entries(weights)
  const paths = entries.map(([, file]) => file.localPath)
  const folder = paths.includes(undefined) ? undefined : commonFolder((paths as string[]).map(dirname))
  if (folder === undefined) return planInMemory(weights)
  return {
    folder,
    locations: Object.fromEntries(
      entries.map(([key, file]) => [key, relative(folder, file.localPath!).split(sep).join('/')]),
    ),
  }
}

/** Hands all files over in memory. */
export function planInMemory(weights: Readonly<Record<string, RandomAccessFile>>): WeightsPlan {
  return {
    folder: undefined,
    locations: Object.fromEntries(Object.keys(weights).map((key, index) => [key, `weights-${index}`])),
  }
}

function commonFolder(folders: readonly string[]): string | undefined {
  const holdsAll = (folder: string) =>
    folders.every((one) => one === folder || one.startsWith(folder.endsWith(sep) ? folder : folder + sep))
  let folder = folders[0]
  while (folder !== undefined && !holdsAll(folder)) {
    const above = dirname(folder)
    folder = above === folder ? undefined : above
  }
  return folder
}
