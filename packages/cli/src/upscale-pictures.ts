import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  assertWritable,
  createNodeBackend,
  encodeImage,
  type NodeDevice,
  openModel,
  readImage,
  writeImage,
} from '@latentkit/backend-node'
import { LatentkitError, type RasterImage, type Size } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline, type UpscaleOptions } from '@latentkit/models-ldm'
import { findJobs, type Job } from './find-jobs.ts'
import { listenForInterruption } from './interruption.ts'
import { createProgressDisplay, formatSeconds } from './progress-display.ts'
import { SomeFailedError } from './report-error.ts'

/** The options of `latentkit upscale`, by commander's names. */
export interface UpscaleCommandOptions {
  readonly output?: string
  readonly model?: string
  readonly variant?: string
  readonly steps?: number
  readonly eta?: number
  readonly seed?: bigint
  readonly scheduler?: string
  readonly backProjection?: number
  readonly device?: NodeDevice
  readonly tile?: number
  readonly skipExisting?: boolean
  readonly json?: boolean
}

/** Makes every picture larger, one after the other; one that fails does not stop the others. */
export async function upscalePictures(inputs: readonly string[], options: UpscaleCommandOptions): Promise<void> {
  const interruption = listenForInterruption()
  const { signal } = interruption
  const display = createProgressDisplay(process.stderr)
  const { onProgress } = display
  const backend = createNodeBackend({ ...(options.device && { device: options.device }) })
  try {
    const jobs = await findJobs(inputs, options.output)
    // A single picture is looked at before the model is opened: a mistake in its name is the likeliest one.
    const only = jobs.length === 1 ? await openPicture(jobs[0]!) : undefined
    const files = await openModel(options.model ?? modelFiles, { variant: options.variant, signal, onProgress })
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, {
      backend,
      variant: options.variant,
      onProgress,
    })
    const done: Done[] = []
    const failed: Failed[] = []
    for (const [index, job] of jobs.entries()) {
      if (options.skipExisting && (await exists(job.output))) continue
      if (jobs.length > 1) process.stderr.write(`${job.input} (${index + 1} of ${jobs.length})\n`)
      try {
        const result = await upscaleOne(pipeline, job, only ?? (await openPicture(job)), {
          ...options,
          signal,
          onProgress,
        })
        done.push(result)
        display.end()
        if (!options.json && job.output !== '-')
          console.log(`${result.output}: ${result.width}×${result.height} pixels, ${formatSeconds(result.seconds)}`)
      } catch (error) {
        if (jobs.length === 1 || signal.aborted || !LatentkitError.isInstance(error)) throw error
        display.end()
        process.stderr.write(`latentkit: ${error.message}\n`)
        failed.push({ input: job.input, error: error.message })
      }
    }
    if (options.json && jobs[0]?.output !== '-')
      console.log(JSON.stringify(jobs.length === 1 ? done[0] : { done, failed }, null, 2))
    if (failed.length > 0) throw new SomeFailedError(failed.length, jobs.length)
  } finally {
    display.end()
    interruption.stop()
    await backend.dispose()
  }
}

/** What was made, as `--json` prints it. */
interface Done extends Job, Size {
  readonly model: string
  readonly device: string
  readonly steps: number
  readonly eta: number
  readonly backProjection: number
  readonly seed: string
  readonly scheduler: string
  readonly tiles: number
  readonly seconds: number
}

interface Failed {
  readonly input: string
  readonly error: string
}

/** Reads a picture and makes sure that its result can be written. */
async function openPicture({ input, output }: Job): Promise<RasterImage> {
  const image = await readImage(input === '-' ? await readAll(process.stdin) : input)
  if (output === '-') return image
  await mkdir(dirname(output), { recursive: true }).catch(() => undefined)
  await assertWritable(output, image)
  return image
}

async function upscaleOne(
  pipeline: LDMSuperResolutionPipeline,
  job: Job,
  image: RasterImage,
  options: UpscaleCommandOptions & Pick<UpscaleOptions, 'signal' | 'onProgress'>,
): Promise<Done> {
  const started = performance.now()
  const { steps, eta, seed, scheduler, backProjection, tile, signal, onProgress } = options
  const { images, settings, tiles } = await pipeline.upscale(image, {
    steps,
    eta,
    seed,
    scheduler,
    backProjection,
    tile,
    signal,
    onProgress,
  })
  signal?.throwIfAborted()
  const result = images[0]!
  if (job.output === '-') process.stdout.write(await encodeImage(result, '.png'))
  else await writeImage(job.output, result)
  return {
    ...job,
    width: result.width,
    height: result.height,
    model: options.model ?? 'ldm-sr-tiny',
    device: options.device ?? 'cpu',
    ...settings,
    tiles,
    seed: String(settings.seed),
    seconds: (performance.now() - started) / 1000,
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

async function exists(path: string): Promise<boolean> {
  return path !== '-' && (await stat(path).catch(() => undefined)) !== undefined
}
