import { freemem, totalmem } from 'node:os'

/** What system and Node say, in bytes. */
export interface MemoryFigures {
  readonly platform: NodeJS.Platform
  readonly total: number
  readonly free: number
  /** What Node says this process may have: knows container limits. Undefined where Node is too old to say. */
  readonly available: number | undefined
}

/** Bytes that this process can use. */
export function availableMemory({ platform, total, free, available = free }: MemoryFigures = askSystem()): number {
  // macOS counts as free what nothing lies in; caches, most of the rest, go when the memory is needed.
  if (platform === 'darwin') return Math.max(available, total / 2)
  return Math.min(available, free)
}

function askSystem(): MemoryFigures {
  // Newer than the oldest Node that is supported.
  const ask = (process as { availableMemory?: () => number }).availableMemory
  return { platform: process.platform, total: totalmem(), free: freemem(), available: ask?.call(process) }
}
