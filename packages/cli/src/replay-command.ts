import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  assertWritable,
  type EncodeImageOptions,
  encodeImage,
  type NodeDevice,
  nodeDevices,
  type PictureFile,
  readImage,
  readPictureFile,
  readPictureSize,
  readReceipt,
  writeImage,
} from '@latentkit/backend-node'
import { LatentkitError, PictureError, type RasterImage, type Size } from '@latentkit/core'
import type { Receipt, UpscaleSettings } from '@latentkit/models-ldm'
import { type Command, Option } from 'commander'
import { identifyFile } from './identify-file.ts'
import { listenForInterruption } from './interruption.ts'
import { count, outputPath, path, words } from './option-parsers.ts'
import { assertFormat } from './output-name.ts'
import { printJSON, printLines } from './print.ts'
import { createProgressDisplay } from './progress-display.ts'
import { describeMade, parseReceipt } from './receipt.ts'
import { reduceAsBefore } from './reduce-as-before.ts'
import { refusalOf, replayModel, unlessOffline } from './replay-model.ts'
import { shorten } from './shorten.ts'
import { readSource } from './source-picture.ts'
import { channelsOf, pipelineOptions, type UpscaleOneOptions } from './upscale-one.ts'
import { openUpscaler, type UpscalerOptions } from './upscaler.ts'

interface ReplayOptions extends UpscalerOptions {
  readonly input?: string
  readonly output?: string
  readonly maxPixels?: number
  readonly json?: boolean
}

/** The picture came out differently. Code `replay_differs`. */
export class ReplayDiffersError extends LatentkitError {
  constructor(picture: string, what: string, reasons: readonly string[]) {
    const why =
      reasons.length === 0 ? 'Nothing that the receipt tells is different.' : `Different: ${reasons.join('; ')}.`
    super('replay_differs', `${picture}: ${what}. ${why}`)
  }
}

/** `latentkit replay`. */
export function addReplayCommand(program: Command): void {
  program
    .command('replay')
    .description('Makes a picture again from the receipt in it, and says whether it is the same.')
    .argument('<picture>', 'a picture that latentkit made', path('picture'))
    .option(
      '-i, --input <path>',
      'the small picture it was made from (default: the one of that name beside it)',
      path('--input'),
    )
    .option('-o, --output <path>', 'write the new picture, too', outputPath)
    .option(
      '-m, --model <folder or name>',
      'where the model is (default: as the receipt says, if that is the small model or one that is kept)',
      words('--model', 'a folder or a repository’s name'),
    )
    .addOption(new Option('-d, --device <name>', 'what computes (default: as the receipt says)').choices(nodeDevices))
    .option(
      '--max-pixels <n>',
      'largest small picture that is read, and largest result unless it is 16 times the small picture (default: 100 million)',
      count('--max-pixels'),
    )
    .option('--json', 'print what was found as JSON')
    .action(replay)
}

async function replay(picture: string, options: ReplayOptions): Promise<void> {
  if (options.output !== undefined) assertFormat(options.output)
  const file = await readPictureFile(picture)
  const found = await readReceipt(file)
  if (found === undefined) {
    const hint = 'Only pictures that latentkit made, and that were not written anew since, have one.'
    throw new PictureError({ picture, problem: 'has no receipt', hint })
  }
  const receipt = parseReceipt(found, picture)
  const { input: inputOption, output, device, maxPixels: most } = options
  const told = { input: inputOption, output, device, 'max-pixels': most === undefined ? undefined : String(most) }
  const refusal = refusalOf(picture, receipt, told)
  const model = await replayModel(receipt, options.model, refusal)
  const input = options.input ?? (await findInput(picture, receipt))
  const interruption = listenForInterruption()
  const display = createProgressDisplay(process.stderr)
  const watcher = { signal: interruption.signal, onProgress: display.onProgress }
  const source = await readSource(input, { maxPixels: options.maxPixels, allowTruncated: true }, watcher)
  const { reducedTo } = receipt.picture
  const small = reduceAsBefore(source.image, reducedTo, input)
  const sizeBefore = await readPictureSize(file)
  if (output !== undefined) await assertSafe(output, { ...sizeBefore, channels: channelsOf(small) }, [picture, input])
  // A browser's device is none of this machine's.
  const sameDevice = nodeDevices.find((name) => name === receipt.device)
  const opened = openUpscaler({ ...model, device: device ?? sameDevice }, watcher)
  const upscaler = await unlessOffline(opened, refusal)
  try {
    const { size, seed, compat } = receipt.settings
    const given = { ...pipelineOptions(settingsOf(receipt), BigInt(seed), small), size, compat }
    const describe = async (settings: UpscaleSettings) =>
      describeMade({
        model: await upscaler.identity(),
        picture: { ...(source.name && { name: source.name }), sha256: source.sha256, ...(reducedTo && { reducedTo }) },
        runtime: upscaler.runtime,
        device: upscaler.device,
        settings,
        size,
        profile: receipt.profile,
        quality: receipt.quality,
      })
    const tell = (difference: string | undefined, reasons: readonly string[]) => {
      display.end()
      if (options.json) printJSON({ picture, input, same: difference === undefined, difference, reasons })
      if (difference !== undefined) throw new ReplayDiffersError(picture, difference, reasons)
      const although = reasons.length > 0 ? `, although there is a different ${reasons.join('; ')}` : ''
      if (!options.json) printLines([`${picture}: the same picture came out again${although}`])
    }
    // A wrong small picture is told before the work is done, not after it.
    const planned = await upscaler.pipeline.plan(small, given).catch((cause) => {
      throw LatentkitError.isInstance(cause, 'invalid_argument') ? unfollowed(picture, cause, upscaler.device) : cause
    })
    const otherSize = compareSizes(sizeBefore, planned)
    if (otherSize !== undefined) return tell(otherSize, differences(receipt, await describe(planned.settings)))
    // What a small picture becomes is no surprise; what its receipt asks for beyond that may be.
    const { maxPixels = 100e6 } = options
    const before = await readImage(file, { maxPixels: Math.max(maxPixels, 16 * small.width * small.height) })
    const result = await upscaler.pipeline.upscale(small, { ...given, ...watcher })
    watcher.signal.throwIfAborted()
    const image = result.images[0]!
    const own = await describe(result.settings)
    if (options.output !== undefined) await writeImage(options.output, image, { ...formatOf(own), receipt: own })
    tell(await compare(file, before, image, receipt), differences(receipt, own))
  } finally {
    display.end()
    interruption.stop()
    await upscaler.dispose()
  }
}

/** What is refused are the receipt's settings, not options that anybody gave. */
function unfollowed(picture: string, cause: LatentkitError, device: NodeDevice): PictureError {
  const why = cause.message.replace(/^backProjection /, 'back projection ').replace(/\.$/, '')
  const hint = why.startsWith('precision ') && device !== 'webgpu' ? 'A graphics card may: --device webgpu.' : undefined
  const problem = `its receipt cannot be followed here (${why})`
  return new PictureError({ picture, problem, ...(hint !== undefined && { hint }), cause })
}

/** What makes the picture as it was; how much memory there is, is no matter of the receipt. */
function settingsOf({ settings }: Receipt): UpscaleOneOptions {
  const { steps, eta, scheduler, colour, backProjection, tile, convolutions, precision } = settings
  return { steps, eta, scheduler, colour, backProjection, tile, convolutions, precision }
}

/** @throws PictureError if the output cannot be written, or is one of the pictures it is made from or compared with. */
async function assertSafe(
  output: string,
  shape: Parameters<typeof assertWritable>[1],
  others: readonly string[],
): Promise<void> {
  await assertWritable(output, shape)
  const file = await identifyFile(output)
  for (const other of others) {
    if (file === undefined || file !== (await identifyFile(other))) continue
    const hint = 'Give the new picture another name.'
    throw new PictureError({ picture: output, problem: 'is one of the two pictures that are needed', hint })
  }
}

/** The small picture, by the name that the receipt tells. */
async function findInput(picture: string, receipt: Receipt): Promise<string> {
  const { name } = receipt.picture
  const hint = 'Name it with --input.'
  if (name === undefined) throw new PictureError({ picture, problem: 'was made from standard input', hint })
  for (const folder of [dirname(picture), '.']) {
    const path = join(folder, basename(name))
    if ((await stat(path).catch(() => undefined))?.isFile()) return path
  }
  throw new PictureError({
    picture,
    problem: `the picture it was made from, ${shorten(basename(name))}, is not beside it`,
    hint,
  })
}

/** What is not as the receipt says. */
function differences(wanted: Receipt, own: Receipt): readonly string[] {
  const short = (hash: string | undefined) => hash?.slice(0, 12) ?? 'none'
  const pairs: [what: string, wanted: string | undefined, own: string | undefined][] = [
    ['small picture', wanted.picture.sha256, own.picture.sha256],
    ...Object.entries(wanted.model.weights).map(
      ([path, hash]) => [path, hash, own.model.weights[path]] as [string, string, string | undefined],
    ),
  ]
  const hashes = pairs
    .filter(([, a, b]) => a !== b)
    .map(([what, a, b]) => `${what} (${short(a)} then, ${short(b)} now)`)
  const words = (['software', 'runtime', 'device'] as const)
    .filter((key) => wanted[key] !== own[key])
    .map((key) => `${key} (${shorten(wanted[key])} then, ${shorten(own[key])} now)`)
  const tiles = wanted.settings.mixedTiles ? ['tiles (memory ran out on the way then)'] : []
  return [...hashes, ...words, ...tiles]
}

/** How the file was encoded, beside its format. */
function formatOf({ profile, quality }: Receipt): Pick<EncodeImageOptions, 'profile' | 'quality'> {
  return { profile, quality }
}

/** How two sizes differ in words; undefined if they do not. */
function compareSizes(before: Size, after: Size): string | undefined {
  if (before.width === after.width && before.height === after.height) return undefined
  return `it was ${before.width}×${before.height} pixels, now it would be ${after.width}×${after.height}`
}

/** How two pictures of one size differ in words; undefined if they do not. */
async function compare(
  file: PictureFile,
  before: RasterImage,
  after: RasterImage,
  receipt: Receipt,
): Promise<string | undefined> {
  // What a lossy format made of the samples is compared as that format again, whatever the file is called by now.
  const again = await encodeImage(after, `.${file.format.toLowerCase()}`, { ...formatOf(receipt), receipt })
  if (Buffer.from(again).equals(file.bytes)) return undefined
  const { data } = await readImage(again, { maxPixels: Number.POSITIVE_INFINITY })
  let [largest, count] = [0, 0]
  for (let i = 0; i < data.length; i++) {
    const difference = Math.abs(data[i]! - before.data[i]!)
    largest = Math.max(largest, difference)
    if (difference > 0) count++
  }
  if (largest === 0) return undefined
  const share = ((100 * count) / data.length).toFixed(2)
  const level = data instanceof Uint16Array ? 257 : 1
  const rounding = largest <= level ? ', as they may on another processor or with another number of threads' : ''
  return `${share} % of its samples differ, by up to ${largest} level${largest === 1 ? '' : 's'}${rounding}`
}
