import { availableParallelism, cpus } from 'node:os'

/** What system and Node say. */
export interface ProcessorFigures {
  /** Processors that this process may use. Node 22 and later know the quota of a container, too. */
  readonly allowed: number
  /** Processors of the machine; 0 where nothing tells. */
  readonly present: number
}

/**
 * Threads for a process that may not use all processors, as in a container: the runtime counts the machine's cores whatever
 * the limit is, and eight times as many threads as processors took 5.6 times as long (`bench/results/threads.md`). Undefined where
 * there is no limit.
 */
export function threadsWithinLimit({ allowed, present }: ProcessorFigures = askSystem()): number | undefined {
  return allowed < present ? allowed : undefined
}

function askSystem(): ProcessorFigures {
  return { allowed: availableParallelism(), present: cpus().length }
}
