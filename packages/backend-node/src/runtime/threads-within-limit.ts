import { availableParallelism, cpus } from 'node:os'
import { posix } from 'node:path'
import { groupFolders, type ReadText, readText } from './control-group.ts'

/** What system and Node say. */
export interface ProcessorFigures {
  /** Processors that this process may use. */
  readonly allowed: number
  /** Processors of the machine; 0 where nothing tells. */
  readonly present: number
}

/**
 * Threads for a process that may not use all processors, as in a container: the runtime counts the machine's cores whatever
 * the limit is, and eight times as many threads as processors took 6 times as long (`bench/results/threads.md`). Undefined where
 * there is no limit.
 */
export function threadsWithinLimit({ allowed, present }: ProcessorFigures = askSystem()): number | undefined {
  return allowed < present ? allowed : undefined
}

/**
 * Whole processors by the quota of this process's container (its control group), or of one that it lies in: microseconds in a
 * period of so many. Infinity without one.
 */
export function quotaProcessors(read: ReadText = readText): number {
  const quotas = groupFolders('cpu', read).map((folder) => {
    const text = (name: string) => read(posix.join(folder, name))
    const [quota, period] = text('cpu.max')?.split(' ') ?? [text('cpu.cfs_quota_us'), text('cpu.cfs_period_us')]
    return Number(quota) > 0 ? Math.max(1, Math.floor(Number(quota) / Number(period))) : Number.POSITIVE_INFINITY
  })
  return Math.min(...quotas)
}

function askSystem(): ProcessorFigures {
  // Node knows quotas by itself, but not yet version 20.
  return { allowed: Math.min(availableParallelism(), quotaProcessors()), present: cpus().length }
}
