import { nodeDevices } from '@latentkit/backend-node'
import { colourModes, convolutionMethods, precisions } from '@latentkit/models-ldm'
import { type Command, Option } from 'commander'
import { bytes, count, number, outputPath, path, wholeNumber, words } from './option-parsers.ts'
import { formats } from './output-name.ts'
import { upscalePictures } from './upscale-pictures.ts'

// PowerShell 5, which Windows brings, passes text on where bytes are meant.
const throughPipe = process.platform === 'win32' ? '' : '  cat photo.jpg | latentkit upscale - > large.png\n'

/** `latentkit upscale`. */
export function addUpscaleCommand(program: Command): void {
  program
    .command('upscale')
    .description('Makes pictures four times as large in both directions.')
    .argument(
      '<pictures...>',
      'JPEG, PNG, WebP, AVIF or TIFF files, folders or patterns of them, or - for standard input',
      (text, before: readonly string[] = []) => [...before, path('pictures')(text)],
    )
    .optionsGroup('Files:')
    .option(
      '-o, --output <path>',
      'file (its ending chooses the format), folder, or - for standard output (default: <picture>-4x.png beside the picture, <folder>-4x for a folder)',
      outputPath,
    )
    .addOption(
      new Option('-f, --format <name>', 'format of results that are not named (default: png)').choices(formats),
    )
    .option(
      '--quality <1…100>',
      'how much a lossy format keeps (default: 95 for jpg and webp, 80 for avif); not for png and tif, which keep everything',
      count('--quality', 100),
    )
    .option('--skip-existing', 'leave out pictures whose result is there already')
    .option(
      '--resume',
      'keep unfinished work beside the result and go on from it; leave out pictures that are finished',
    )
    .option('--no-receipt', 'do not write into the picture how it was made')
    .addOption(
      new Option('--profile <name>', 'colour profile of the result (default: srgb)').choices(['srgb', 'original']),
    )
    .option('--max-pixels <n>', 'largest picture that is read (default: 100 million)', count('--max-pixels'))
    .option('--allow-truncated', 'read what is there of a picture that is cut off')
    .optionsGroup('Size (default: four times both sides):')
    .addOption(
      new Option('--scale <factor>', 'other factor for both sides')
        .argParser(number('--scale'))
        .conflicts(['width', 'height', 'megapixels']),
    )
    .option('--width <pixels>', 'width; with --height, as large as fits both', number('--width'))
    .option('--height <pixels>', 'height', number('--height'))
    .addOption(
      new Option('--megapixels <n>', 'millions of pixels')
        .argParser(number('--megapixels'))
        .conflicts(['width', 'height']),
    )
    .optionsGroup('Model and quality:')
    .option(
      '-m, --model <folder, file or name>',
      'model folder in diffusers layout, an original .ckpt, or a repository to fetch once (default: the small model that comes with latentkit)',
      words('--model', 'a folder, a file or a repository’s name'),
    )
    .option('--variant <name>', 'weight files to take, such as fp16')
    .option('--revision <name>', 'branch, tag or commit of the repository (default: main)')
    .option(
      '-n, --steps <n>',
      'denoising steps: more is slower and a little sharper (default: as the model says)',
      number('--steps'),
    )
    .option('--eta <0…1>', 'share of fresh noise at each step (default: as the model says)', number('--eta'))
    .option('-s, --seed <n>', 'the same seed gives the same picture (default: 0)', wholeNumber('--seed'))
    .option('--samples <n>', 'results of each picture, from seeds one after the other', number('--samples'))
    .option('--scheduler <name>', 'another way through the steps, such as ddim (default: the model’s own)')
    .addOption(
      new Option(
        '--colour <name>',
        'how colours are kept: corrected over wide areas, by mean and deviation, or not (default: as the model says)',
      ).choices(colourModes),
    )
    .option(
      '--back-projection <n>',
      'passes that pull colours and shapes towards the input (default: as the model says)',
      number('--back-projection'),
    )
    .optionsGroup('Machine:')
    .addOption(new Option('-d, --device <name>', 'what computes (default: cpu)').choices(nodeDevices))
    .option(
      '--memory <size>',
      'memory that may be used beside the weights, such as 4GB (default: what is free)',
      bytes('--memory'),
    )
    .option(
      '--tile <pixels>',
      'longest side of the parts that a large picture is done in (default: 192, less if memory is short)',
      number('--tile'),
    )
    .addOption(
      new Option(
        '--convolutions <method>',
        'winograd: a large model takes 0.7 to 0.8 of the time on a CPU, and two to four times the memory (default: direct)',
      ).choices(convolutionMethods),
    )
    .addOption(
      new Option(
        '--precision <name>',
        'float16: half the memory and, as a rule, less time, on a graphics card only; pictures differ a little (default: float32)',
      ).choices(precisions),
    )
    .option('--dry-run', 'only say what would be done and about how long it would take')
    .optionsGroup('Other:')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
Examples:
  latentkit upscale photo.jpg                    writes photo-4x.png
  latentkit upscale photo.jpg -o large.webp --quality 80
  latentkit upscale photos/ -o large/ --skip-existing
  latentkit upscale photo.jpg --width 3000
  latentkit upscale huge.tif --resume            goes on where it was cut off
  latentkit upscale huge.tif --dry-run           says how long it would take
${throughPipe}  latentkit upscale photo.jpg --seed 7 -o other.png   another picture of the same quality
  latentkit upscale photo.jpg --model ./ldm-super-resolution-4x-openimages --steps 50
  latentkit upscale photo.jpg --model CompVis/ldm-super-resolution-4x-openimages   fetches 676 MB once

Exit codes: 0 done, 1 failed, 2 wrong options, 130 stopped by Ctrl-C.`,
    )
    .action(upscalePictures)
}
