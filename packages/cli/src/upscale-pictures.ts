import { stat } from 'node:fs/promises'
import { assertEncodable, assertWritable, type NodeDevice } from '@latentkit/backend-node'
import { InvalidArgumentError, LatentkitError } from '@latentkit/core'
import { describePlan, type PlannedPicture, planOne } from './dry-run.ts'
import { assertEncodes } from './encode-result.ts'
import { findJobs, type Job, nameAddition } from './find-jobs.ts'
import { listenForInterruption } from './interruption.ts'
import { printJSON, printLines, say } from './print.ts'
import { createProgressDisplay, formatSeconds } from './progress-display.ts'
import { describeError, SomeFailedError } from './report-error.ts'
import { type ReadOptions, readSource, type SourcePicture } from './source-picture.ts'
import { type Done, endingOf, type UpscaleOneOptions, upscaleOne, type Watcher } from './upscale-one.ts'
import { openUpscaler, type Upscaler } from './upscaler.ts'

/** The options of `latentkit upscale`, by commander's names. */
export interface UpscaleCommandOptions extends UpscaleOneOptions, ReadOptions {
  readonly output?: string
  readonly model?: string
  readonly variant?: string
  readonly seed?: bigint
  readonly samples?: number
  readonly device?: NodeDevice
  readonly skipExisting?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** What became of the pictures so far. */
interface Outcome {
  readonly done: (Done | PlannedPicture)[]
  /** Those that were there already. */
  readonly skipped: Job[]
  readonly failed: { readonly input: string; readonly error: string }[]
}

/** Makes every picture larger, one after the other; one that fails does not stop the others. */
export async function upscalePictures(inputs: readonly string[], options: UpscaleCommandOptions): Promise<void> {
  const outcome: Outcome = { done: [], skipped: [], failed: [] }
  let all: readonly Job[] = []
  const interruption = listenForInterruption(() => describeInterruption(outcome, all.length, options))
  const display = createProgressDisplay(process.stderr)
  const watcher = { signal: interruption.signal, onProgress: display.onProgress }
  const timings = new Map<string, number>()
  let upscaler: Upscaler | undefined
  try {
    all = await findJobs(inputs, { ...options, addition: nameAddition(options), onProgress: display.onProgress })
    if (process.stdout.isTTY && !options.dryRun && all.some(({ output }) => output === '-')) {
      const expected = 'a file, or standard output that goes into a file or another program: here it is a terminal'
      throw new InvalidArgumentError({ argument: '--output', value: '-', expected })
    }
    assertLossy(all, options)
    const single = inputs.length === 1 && all.length === 1 && all[0]!.input === inputs[0]
    const jobs = options.skipExisting ? await leaveOutExisting(all, outcome) : all
    // A single picture is looked at before the model is opened: a mistake in its name is the likeliest one.
    const openPicture = createOpener(options, watcher)
    const only = single && jobs.length > 0 ? await openPicture(jobs[0]!) : undefined
    if (jobs.length > 0) upscaler = await openUpscaler(options, watcher)
    for (const [index, job] of jobs.entries()) {
      if (!single) say(`${job.input} (${index + 1} of ${jobs.length})`)
      try {
        const source = only ?? (await openPicture(job))
        const result = options.dryRun
          ? await planOne(upscaler!, job, source, options, { signal: watcher.signal, timings })
          : await upscaleOne(upscaler!, job, source, options, watcher)
        display.end()
        if (result) outcome.done.push(result)
        else outcome.skipped.push(job)
        if (!result) say(`${job.output} is there already, made in the same way`)
        else if (!options.json) announce(result)
      } catch (error) {
        // A wrong option is wrong for all of them.
        const isForAll = !LatentkitError.isInstance(error) || error.code === 'invalid_argument'
        if (single || isForAll || watcher.signal.aborted) throw error
        display.end()
        say(`latentkit: ${describeError(error)}`)
        outcome.failed.push({ input: job.input, error: error.message })
      }
    }
    if (options.json && (options.dryRun || all[0]?.output !== '-')) printOutcome(single, outcome)
    const failed = outcome.failed.map(({ input }) => input)
    if (failed.length > 0) throw new SomeFailedError(failed, jobs.length)
  } finally {
    display.end()
    interruption.stop()
    await upscaler?.dispose()
  }
}

/** @throws InvalidArgumentError if a result has no quality, though one is asked for. */
function assertLossy(jobs: readonly Job[], options: UpscaleCommandOptions): void {
  const { quality } = options
  if (quality === undefined) return
  for (const { output } of jobs) {
    const name = output === '-' ? endingOf(options) : output
    if (!/\.(png|tiff?)$/i.test(name)) continue
    const expected = `a format that has one, such as --format jpg: ${name} keeps every sample`
    throw new InvalidArgumentError({ argument: '--quality', value: quality, expected })
  }
}

/** Those whose results are not there yet. */
async function leaveOutExisting(jobs: readonly Job[], { skipped }: Outcome): Promise<readonly Job[]> {
  const left: Job[] = []
  for (const job of jobs) {
    if (await exists(job.output)) skipped.push(job)
    else left.push(job)
  }
  if (skipped.length > 0) say(`Note: ${skipped.length} of ${jobs.length} are there already.`)
  return left
}

function describeInterruption({ done }: Outcome, all: number, options: UpscaleCommandOptions): string {
  if (options.resume) return 'the same command goes on from its last step'
  if (done.length === 0 || options.dryRun) return 'nothing was written'
  return `${done.length} of ${all} were made; with --skip-existing the same command makes the rest`
}

/**
 * Makes what reads a picture and makes sure that its result can be written. For several results, which come one after the
 * other, it is read once: a pipe has nothing left for a second time, not even where the first failed.
 */
function createOpener(options: UpscaleCommandOptions, watcher: Watcher): (job: Job) => Promise<SourcePicture> {
  let last: { readonly input: string; readonly source: Promise<SourcePicture> } | undefined
  return async ({ input, output }) => {
    if (last?.input !== input) last = { input, source: readSource(input, options, watcher) }
    const source = await last.source
    if (options.dryRun) return source
    if (output === '-') assertEncodable(endingOf(options), source.image)
    else await assertWritable(output, source.image)
    await assertEncodes(input, output === '-' ? endingOf(options) : output, source.image, options)
    return source
  }
}

function announce(result: Done | PlannedPicture): void {
  if ('unetCalls' in result) printLines(describePlan(result))
  else if (result.output !== '-') {
    const { output, width, height, seconds } = result
    printLines([`${output}: ${width}×${height} pixels, ${formatSeconds(seconds)}`])
  }
}

/** One object for a picture that was asked for by its name, lists for whatever may be several. */
function printOutcome(single: boolean, outcome: Outcome): void {
  const { done, skipped } = outcome
  printJSON(single ? (done[0] ?? { ...skipped[0], skipped: true }) : outcome)
}

async function exists(path: string): Promise<boolean> {
  return path !== '-' && (await stat(path).catch(() => undefined)) !== undefined
}
