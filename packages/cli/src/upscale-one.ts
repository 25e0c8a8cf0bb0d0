import { stat } from 'node:fs/promises'
import { assertEncodable, assertWritable, readReceipt, writePictureFile } from '@latentkit/backend-node'
import { isOpaque, LatentkitError, type OnProgress, type RasterImage, type Size, targetSize } from '@latentkit/core'
import type {
  ColourMode,
  ConvolutionMethod,
  Precision,
  Receipt,
  UpscaleOptions,
  UpscalePlan,
  UpscaleSettings,
} from '@latentkit/models-ldm'
import { encodeResult } from './encode-result.ts'
import type { Job } from './find-jobs.ts'
import { describeMade, parseReceipt, sha256 } from './receipt.ts'
import type { SourcePicture } from './source-picture.ts'
import { openUnfinishedWork } from './unfinished-work.ts'
import type { Upscaler } from './upscaler.ts'

/** How one picture is made, by commander's names. */
export interface UpscaleOneOptions {
  readonly steps?: number
  readonly eta?: number
  readonly scheduler?: string
  readonly colour?: ColourMode
  readonly backProjection?: number
  readonly scale?: number
  readonly width?: number
  readonly height?: number
  readonly megapixels?: number
  readonly tile?: number
  readonly memory?: number
  readonly convolutions?: ConvolutionMethod
  readonly precision?: Precision
  readonly format?: string
  readonly profile?: 'srgb' | 'original'
  readonly quality?: number
  readonly receipt?: boolean
  readonly resume?: boolean
}

/** Where a run tells how it goes. */
export interface Watcher {
  readonly signal: AbortSignal
  readonly onProgress: OnProgress
}

/** What was made, as `--json` prints it. */
export interface Done extends Job, Size {
  readonly model: string
  readonly device: string
  readonly steps: number
  readonly eta: number
  readonly colour: ColourMode
  readonly backProjection: number
  readonly scheduler: string
  readonly tiles: number
  readonly seconds: number
}

/** The pipeline's options for a picture. */
export function pipelineOptions(options: UpscaleOneOptions, seed: bigint, picture: Size): UpscaleOptions {
  const { steps, eta, scheduler, colour, backProjection, tile, memory, convolutions, precision } = options
  const { scale, width, height, megapixels } = options
  const size = targetSize(picture, { scale, width, height, megapixels })
  return { steps, eta, scheduler, colour, backProjection, tile, memory, convolutions, precision, seed, size }
}

/** Of a file of the format that standard output gets. */
export function endingOf({ format = 'png' }: UpscaleOneOptions): string {
  return `.${format}`
}

/** Makes one picture and writes it. @returns undefined if `resume` finds that it was written before. */
export async function upscaleOne(
  upscaler: Upscaler,
  job: Job,
  source: SourcePicture,
  options: UpscaleOneOptions,
  { signal, onProgress }: Watcher,
): Promise<Done | undefined> {
  const started = performance.now()
  const { pipeline, device } = upscaler
  const { image } = source
  const given = pipelineOptions(options, job.seed, image)
  const planned = await pipeline.plan(image, given)
  const { width, height } = planned
  const shape = { width, height, channels: channelsOf(image) }
  if (job.output === '-') assertEncodable(endingOf(options), shape)
  else await assertWritable(job.output, shape)
  const receipt = await makeReceipt(upscaler, source, planned.settings, given.size, options)
  const resume = options.resume && job.output !== '-'
  if (resume && (await isMade(job.output, keyOf(receipt)))) return undefined
  const work = resume ? await openUnfinishedWork(job.output, keyOf(receipt), onProgress) : undefined

  // The tiles of the first run: other ones would give other bytes.
  const begun = work?.tile
  const kept = begun !== undefined && (await canGoOn(upscaler, image, given, begun, planned)) ? begun : undefined
  const tile = kept ?? planned.settings.tile
  if (begun !== kept) {
    const message = `${job.output} was begun in tiles of ${begun} pixels and goes on in tiles of ${tile}: it will differ a little.`
    onProgress({ type: 'warning', code: 'smaller_tiles', message })
  }
  const mixedBefore = begun !== kept || (work?.mixedTiles ?? false)
  let mixedTiles = mixedBefore
  let keeping: Promise<void> | undefined
  const running = pipeline.upscale(image, {
    ...given,
    tile: kept ?? given.tile,
    state: work?.state,
    onState:
      work &&
      ((state) => {
        keeping = work.keep(state, { tile, mixedTiles })
        return keeping
      }),
    signal,
    onProgress(event) {
      mixedTiles ||= event.type === 'warning' && event.code === 'smaller_tiles'
      onProgress(event)
    },
  })
  // An abort does not wait for a step that is being kept; what tells the user that it is kept does.
  const { images, settings, tiles } = await running.finally(() => keeping)
  signal.throwIfAborted()
  const result = images[0]!
  const extras = {
    ...(options.receipt !== false && {
      receipt: { ...receipt, settings: { ...receipt.settings, ...tilesOf(settings, mixedBefore) } },
    }),
    profile: options.profile,
    quality: options.quality,
  }
  const bytes = await encodeResult(result, job.output === '-' ? endingOf(options) : job.output, extras, onProgress)
  const write = (path: string) => writePictureFile(path, bytes)
  if (job.output === '-') process.stdout.write(bytes)
  else if (work) await work.finish(write)
  else await write(job.output)
  const { steps, eta, colour, backProjection, scheduler } = settings
  const seconds = (performance.now() - started) / 1000
  const made = { steps, eta, colour, backProjection, scheduler, tiles, seconds }
  return { ...job, width, height, model: receipt.model.name, device, ...made }
}

/** Of a picture's result: what is opaque stays so. */
export function channelsOf(image: RasterImage): RasterImage['channels'] {
  return isOpaque(image) ? 3 : image.channels
}

/** Whether kept work can go on in its tiles: not if they no longer fit the memory, or smaller ones are asked for. */
async function canGoOn(
  { pipeline }: Upscaler,
  image: RasterImage,
  options: UpscaleOptions,
  tile: number,
  planned: UpscalePlan,
): Promise<boolean> {
  if (options.tile !== undefined && planned.settings.tile < tile) return false
  try {
    await pipeline.plan(image, { ...options, tile })
    return true
  } catch (error) {
    if (LatentkitError.isInstance(error, 'memory')) return false
    throw error
  }
}

async function makeReceipt(
  { identity, runtime, device }: Upscaler,
  { name, sha256 }: SourcePicture,
  settings: Parameters<typeof describeMade>[0]['settings'],
  size: Size | undefined,
  { profile, quality }: UpscaleOneOptions,
): Promise<Receipt> {
  const picture = { ...(name && { name }), sha256 }
  return describeMade({ model: await identity(), picture, runtime, device, settings, size, profile, quality })
}

/** What decides a result, whatever tiles the memory of the moment allowed. */
function keyOf({ picture, settings, ...receipt }: Receipt): string {
  const decisive = { ...settings, tile: undefined, mixedTiles: undefined }
  return sha256(JSON.stringify({ ...receipt, picture: picture.sha256, settings: decisive }))
}

/** @param before Whether what was kept of an earlier run had been done in other tiles. */
function tilesOf({ tile, mixedTiles }: UpscaleSettings, before = false): Pick<UpscaleSettings, 'tile' | 'mixedTiles'> {
  return { tile, ...((mixedTiles || before) && { mixedTiles: true }) }
}

/** Whether a picture with this key is there already, as its receipt tells. */
async function isMade(output: string, key: string): Promise<boolean> {
  try {
    return (await stat(output)).isFile() && keyOf(parseReceipt(await readReceipt(output), output)) === key
  } catch {
    // There is none, or something else.
    return false
  }
}
