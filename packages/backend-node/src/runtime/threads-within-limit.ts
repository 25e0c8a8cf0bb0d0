import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'

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

/** Whole processors of a container's quota, of Linux's `cpu.max`: microseconds in a period of so many. Infinity without one. */
export function processorsOfQuota(text: string): number {
  const [quota, period] = text.split(' ').map(Number)
  return quota! > 0 && period! > 0 ? Math.max(1, Math.floor(quota! / period!)) : Number.POSITIVE_INFINITY
}

function askSystem(): ProcessorFigures {
  // Node knows quotas by itself, but not yet version 20.
  return { allowed: Math.min(availableParallelism(), processorsOfQuota(readQuota())), present: cpus().length }
}

function readQuota(): string {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8')
  } catch {
    return ''
  }
}
