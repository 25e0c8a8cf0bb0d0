import { freemem, totalmem } from 'node:os'
import { cachedFiles } from './cached-files.ts'

/** What system and Node say, in bytes. */
export interface MemoryFigures {
  readonly platform: NodeJS.Platform
  readonly total: number
  readonly free: number
  /** What Node says this process may have: knows container limits. Undefined where Node is too old to say. */
  readonly available: number | undefined
  /** What files that were read or written take of the container's memory. */
  readonly cached: number
}

/** Bytes that this process can use. */
export function availableMemory(figures: MemoryFigures = askSystem()): number {
  const { platform, total, free, available = free, cached } = figures
  // macOS counts as free what nothing lies in; caches, most of the rest, go when the memory is needed.
  if (platform === 'darwin') return Math.max(available, total / 2)
  // Node counts these files as used, which the system gives up as soon as memory is needed: in a container that had written a
  // large file, as by fetching a model, next to nothing was left, and every picture was refused.
  return Math.min(available + cached, free)
}

function askSystem(): MemoryFigures {
  // Newer than the oldest Node that is supported.
  const ask = (process as { availableMemory?: () => number }).availableMemory
  return {
    platform: process.platform,
    total: totalmem(),
    free: freemem(),
    available: ask?.call(process),
    cached: cachedFiles(),
  }
}
