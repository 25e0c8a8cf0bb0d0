import { nodeDevices } from '@latentkit/backend-node'
import { InvalidArgumentError } from '@latentkit/core'
import { type Command, Option } from 'commander'
import { upscalePictures } from './upscale-pictures.ts'

/** `latentkit upscale`. */
export function addUpscaleCommand(program: Command): void {
  program
    .command('upscale')
    .description('Makes pictures four times as large in both directions.')
    .argument('<pictures...>', 'JPEG, PNG, WebP, AVIF or TIFF files, folders of them, or - for standard input')
    .option(
      '-o, --output <path>',
      'file (its ending chooses the format), folder, or - for standard output (default: <picture>-4x.png beside the picture, <folder>-4x for a folder)',
    )
    .option(
      '-m, --model <folder, file or name>',
      'model folder in diffusers layout, an original .ckpt, or a repository to fetch once (default: the small model that comes with latentkit)',
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
    .option(
      '--tile <pixels>',
      'longest side of the parts that a large picture is done in (default: 192, less if memory is short)',
      number('--tile'),
    )
    .option('--skip-existing', 'leave out pictures whose result is there already')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
Examples:
  latentkit upscale photo.jpg                    writes photo-4x.png
  latentkit upscale photo.jpg -o large.webp
  latentkit upscale photos/ -o large/ --skip-existing
  cat photo.jpg | latentkit upscale - > large.png
  latentkit upscale photo.jpg --seed 7           another picture of the same quality
  latentkit upscale photo.jpg --model ./ldm-super-resolution-4x-openimages --steps 50
  latentkit upscale photo.jpg --model CompVis/ldm-super-resolution-4x-openimages   fetches 676 MB once

Exit codes: 0 done, 1 failed, 2 wrong options, 130 stopped by Ctrl-C.`,
    )
    .action(upscalePictures)
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
