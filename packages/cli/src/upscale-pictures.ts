import { stat } from 'node:fs/promises'
import { assertWritable, type NodeDevice } from '@latentkit/backend-node'
import { LatentkitError } from '@latentkit/core'
import { describePlan, type PlannedPicture, planOne } from './dry-run.ts'
import { findJobs, type Job, nameAddition } from './find-jobs.ts'
import { listenForInterruption } from './interruption.ts'
import { createProgressDisplay, formatSeconds } from './progress-display.ts'
import { SomeFailedError } from './report-error.ts'
import { type ReadOptions, readSource, type SourcePicture } from './source-picture.ts'
import { type Done, type UpscaleOneOptions, upscaleOne, type Watcher } from './upscale-one.ts'
import { openUpscaler, type Upscaler } from './upscaler.ts'

/** The options of `latentkit upscale`, by commander's names. */
export interface UpscaleCommandOptions extends UpscaleOneOptions, ReadOptions {
  readonly output?: string
  readonly format?: string
  readonly model?: string
  readonly variant?: string
  readonly seed?: bigint
  readonly samples?: number
  readonly device?: NodeDevice
  readonly skipExisting?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

interface Failed {
  readonly input: string
  readonly error: string
}

/** Makes every picture larger, one after the other; one that fails does not stop the others. */
export async function upscalePictures(inputs: readonly string[], options: UpscaleCommandOptions): Promise<void> {
  const interruption = listenForInterruption(
    options.resume ? 'the same command goes on from its last step' : 'nothing was written',
  )
  const display = createProgressDisplay(process.stderr)
  const watcher = { signal: interruption.signal, onProgress: display.onProgress }
  let upscaler: Upscaler | undefined
  try {
    const jobs = await findJobs(inputs, { ...options, addition: nameAddition(options) })
    // A single picture is looked at before the model is opened: a mistake in its name is the likeliest one.
    const only = jobs.length === 1 ? await openPicture(jobs[0]!, options, watcher) : undefined
    upscaler = await openUpscaler(options, watcher)
    const done: (Done | PlannedPicture)[] = []
    const failed: Failed[] = []
    for (const [index, job] of jobs.entries()) {
      if (options.skipExisting && (await exists(job.output))) continue
      if (jobs.length > 1) process.stderr.write(`${job.input} (${index + 1} of ${jobs.length})\n`)
      try {
        const source = only ?? (await openPicture(job, options, watcher))
        const result = options.dryRun
          ? await planOne(upscaler, job, source, options, watcher.signal)
          : await upscaleOne(upscaler, job, source, options, watcher)
        done.push(result)
        display.end()
        if (!options.json) announce(result)
      } catch (error) {
        if (jobs.length === 1 || watcher.signal.aborted || !LatentkitError.isInstance(error)) throw error
        display.end()
        process.stderr.write(`latentkit: ${error.message}\n`)
        failed.push({ input: job.input, error: error.message })
      }
    }
    if (options.json && (options.dryRun || jobs[0]?.output !== '-')) printJson(jobs.length, done, failed)
    if (failed.length > 0) throw new SomeFailedError(failed.length, jobs.length)
  } finally {
    display.end()
    interruption.stop()
    await upscaler?.dispose()
  }
}

/** Reads a picture and makes sure that its result can be written. */
async function openPicture(job: Job, options: UpscaleCommandOptions, { onProgress }: Watcher): Promise<SourcePicture> {
  const source = await readSource(job.input, options, onProgress)
  if (job.output === '-' || options.dryRun) return source
  await assertWritable(job.output, source.image)
  return source
}

function announce(result: Done | PlannedPicture): void {
  if ('unetCalls' in result) console.log(describePlan(result))
  else if (result.output !== '-') {
    const { output, width, height, seconds } = result
    console.log(`${output}: ${width}×${height} pixels, ${formatSeconds(seconds)}`)
  }
}

function printJson(jobs: number, done: readonly object[], failed: readonly Failed[]): void {
  const result = jobs === 1 ? done[0] : { done, failed }
  console.log(JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? String(value) : value), 2))
}

async function exists(path: string): Promise<boolean> {
  return path !== '-' && (await stat(path).catch(() => undefined)) !== undefined
}
