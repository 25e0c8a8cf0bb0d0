import { realpath } from 'node:fs/promises'
import { format, parse } from 'node:path'
import {
  assertWritable,
  createNodeBackend,
  type NodeDevice,
  nodeDevices,
  openModel,
  readImage,
  writeImage,
} from '@latentkit/backend-node'
import { InvalidArgumentError } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { type Command, Option } from 'commander'
import { listenForInterruption } from './interruption.ts'
import { createProgressDisplay, formatSeconds } from './progress-display.ts'

interface Options {
  readonly output?: string
  readonly model?: string
  readonly variant?: string
  readonly steps?: number
  readonly eta?: number
  readonly seed?: bigint
  readonly scheduler?: string
  readonly backProjection?: number
  readonly device?: NodeDevice
  readonly json?: boolean
}

/** `latentkit upscale`. */
export function addUpscaleCommand(program: Command): void {
  program
    .command('upscale')
    .description('Makes a picture four times as large in both directions.')
    .argument('<picture>', 'JPEG, PNG, WebP, AVIF or TIFF file')
    .option(
      '-o, --output <file>',
      'where to write; the ending chooses the format (default: <picture>-4x.png beside it)',
    )
    .option(
      '-m, --model <folder or name>',
      'model folder in diffusers layout, or a repository to fetch once (default: the small model that comes with latentkit)',
    )
    .option('--variant <name>', 'weight files to take, such as fp16')
    .option(
      '-n, --steps <n>',
      'denoising steps: more is slower and a little sharper (default: as the model says)',
      number('--steps'),
    )
    .option('--eta <0…1>', 'share of fresh noise at each step (default: as the model says)', number('--eta'))
    .option('-s, --seed <n>', 'the same seed gives the same picture (default: 0)', wholeNumber('--seed'))
    .option('--scheduler <name>', 'another way through the steps, such as ddim (default: the model’s own)')
    .option(
      '--back-projection <n>',
      'passes that pull colours and shapes towards the input; 0 leaves the model’s own',
      number('--back-projection'),
    )
    .addOption(new Option('-d, --device <name>', 'what computes (default: cpu)').choices(nodeDevices))
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
Examples:
  latentkit upscale photo.jpg                    writes photo-4x.png
  latentkit upscale photo.jpg -o large.webp
  latentkit upscale photo.jpg --seed 7           another picture of the same quality
  latentkit upscale photo.jpg --model ./ldm-super-resolution-4x-openimages --steps 50
  latentkit upscale photo.jpg --model CompVis/ldm-super-resolution-4x-openimages   fetches 676 MB once

Exit codes: 0 done, 1 failed, 2 wrong options, 130 stopped by Ctrl-C.`,
    )
    .action(upscale)
}

async function upscale(input: string, options: Options): Promise<void> {
  const started = performance.now()
  const display = createProgressDisplay(process.stderr)
  const interruption = listenForInterruption()
  const backend = createNodeBackend({ ...(options.device && { device: options.device }) })
  try {
    const { signal } = interruption
    const image = await readImage(input)
    const output = options.output ?? format({ ...parse(input), base: '', name: `${parse(input).name}-4x`, ext: '.png' })
    await assertWritable(output, image)
    await assertDifferent(input, output)
    const { onProgress } = display
    const files = await openModel(options.model ?? modelFiles, { variant: options.variant, signal, onProgress })
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, {
      backend,
      variant: options.variant,
      onProgress,
    })
    const { steps, eta, seed, scheduler, backProjection } = options
    const { images, settings } = await pipeline.upscale(image, {
      steps,
      eta,
      seed,
      scheduler,
      backProjection,
      signal,
      onProgress,
    })
    signal.throwIfAborted()
    await writeImage(output, images[0]!)
    display.end()
    const { width, height } = images[0]!
    const seconds = (performance.now() - started) / 1000
    if (options.json) {
      const model = options.model ?? 'ldm-sr-tiny'
      const result = {
        input,
        output,
        width,
        height,
        model,
        device: options.device ?? 'cpu',
        ...settings,
        seed: String(settings.seed),
        seconds,
      }
      console.log(JSON.stringify(result, null, 2))
    } else {
      console.log(`${output}: ${width}×${height} pixels, ${formatSeconds(seconds)}`)
    }
  } catch (error) {
    display.end()
    throw error
  } finally {
    interruption.stop()
    await backend.dispose()
  }
}

/** The input is never replaced, not even under another name. */
async function assertDifferent(input: string, output: string): Promise<void> {
  const [from, to] = await Promise.all([realpath(input), realpath(output).catch(() => undefined)])
  if (from === to) {
    throw new InvalidArgumentError({
      argument: '--output',
      value: output,
      expected: 'another file than the picture itself',
    })
  }
}

function number(name: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (Number.isNaN(value)) throw new InvalidArgumentError({ argument: name, value: text, expected: 'a number' })
    return value
  }
}

function wholeNumber(name: string): (text: string) => bigint {
  return (text) => {
    if (!/^[+-]?\d+$/.test(text.trim()))
      throw new InvalidArgumentError({ argument: name, value: text, expected: 'a whole number' })
    return BigInt(text.trim().replace(/^\+/, ''))
  }
}
