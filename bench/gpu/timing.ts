import { appendFileSync } from 'node:fs'

export interface Timing {
  readonly stepSeconds: number
  /** The least and the most. */
  readonly spread: readonly [number, number]
  readonly steps: number
}

/** The median of at least five runs after three, more while they are short; two where `LATENTKIT_QUICK` asks for a trial. */
export async function timeSteps(step: () => Promise<unknown>): Promise<Timing> {
  const [before, least] = process.env.LATENTKIT_QUICK ? [0, 2] : [3, 5]
  for (let i = 0; i < before; i++) await step()
  const seconds: number[] = []
  const begun = performance.now()
  while (seconds.length < least || (performance.now() - begun < 1000 && seconds.length < 40))
    seconds.push(await secondsOf(step))
  const sorted = seconds.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const stepSeconds = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { stepSeconds, spread: [sorted[0]!, sorted.at(-1)!], steps: seconds.length }
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Adds a line to the file of results at once, since the machine's time may end at any moment. */
export function report(results: string, line: object): void {
  console.log(JSON.stringify(line))
  appendFileSync(results, `${JSON.stringify(line)}\n`)
}

/** Dawn keeps a process alive, and an orderly end would wait for V8 to optimise what nobody will run. */
export function endNow(): void {
  process.kill(process.pid, 'SIGKILL')
}
