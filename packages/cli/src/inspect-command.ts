import { stat } from 'node:fs/promises'
import { openDiskFile, openModel } from '@latentkit/backend-node'
import {
  type CheckpointDescription,
  chooseVariants,
  describeCheckpoint,
  isCompVis,
  openCheckpoint,
  readCheckpoint,
  type TensorIndex,
} from '@latentkit/checkpoints'
import { type ModelFiles, ModelFilesError, readJson } from '@latentkit/core'
import type { Command } from 'commander'
import { listenForInterruption } from './interruption.ts'
import { words } from './option-parsers.ts'
import { printJSON, printLines } from './print.ts'
import { createProgressDisplay } from './progress-display.ts'
import { visible } from './visible.ts'

/** One weight file, with the class of network that its folder's `config.json` or the tensors' names tell. */
interface Inspected extends CheckpointDescription {
  readonly class: string | null
}

/** `latentkit inspect`. */
export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .description('Lists what is in a weight file, or in all weights of a model: names, types, shapes, places.')
    .argument(
      '<file or model>',
      'safetensors, torch (.bin, .pt, .ckpt) or Paddle (.pdparams) file, a model in diffusers layout, or a repository to fetch',
      words('file or model', 'a file, a folder or a repository’s name'),
    )
    .option('--variant <name>', 'weight files to take, such as fp16')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nNothing in the file is executed, and the weights themselves are not read.')
    .action(inspect)
}

async function inspect(path: string, options: { readonly variant?: string; readonly json?: boolean }): Promise<void> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() ?? false
  const inspected = isFile
    ? [describe(await readCheckpoint(await openDiskFile(path)))]
    : await inspectModel(await openWatched(path, options.variant), options.variant)
  if (options.json) printJSON(isFile ? inspected[0] : inspected)
  else printLines(inspected.flatMap((one, i) => [...(i > 0 ? [''] : []), ...formatTable(one)]))
}

/** Opens a model; one that is fetched shows how far it is. */
async function openWatched(path: string, variant: string | undefined): Promise<ModelFiles> {
  const interruption = listenForInterruption(() => 'what was fetched stays')
  const display = createProgressDisplay(process.stderr)
  try {
    return await openModel(path, { variant, signal: interruption.signal, onProgress: display.onProgress })
  } finally {
    display.end()
    interruption.stop()
  }
}

/** Of a single file the class is known only where its names tell: CompVis' models are one network of this name. */
function describe(index: TensorIndex): Inspected {
  return { class: isCompVis(index) ? 'LatentDiffusion' : null, ...describeCheckpoint(index) }
}

async function inspectModel(files: ModelFiles, variant: string | undefined): Promise<Inspected[]> {
  const paths = await files.list()
  const weights = paths.filter((path) => /\.(safetensors|bin|pt|ckpt|pdparams)$/.test(path))
  const isPipeline = paths.includes('model_index.json')
  // An original checkpoint, whatever it is called.
  if (!isPipeline && weights.length === 1 && !paths.includes('config.json') && variant === undefined)
    return [describe(await readCheckpoint(await files.open(weights[0]!)))]
  // Beside a pipeline's components there may be weights of others, such as a LoRA.
  const isComponent = (folder: string) => !isPipeline || paths.includes(`${folder}/config.json`)
  const folders = [...new Set(weights.map((path) => path.split('/').slice(0, -1).join('/')))].filter(isComponent)
  if (folders.length === 0) {
    throw new ModelFilesError({
      path: files.name,
      problem: 'holds no weights',
      hint: 'Name a weight file or a model in diffusers layout.',
    })
  }
  const variantOf = await chooseVariants(files, folders, variant ?? files.variant)
  const inspected: Inspected[] = []
  for (const folder of folders) {
    const configPath = `${folder ? `${folder}/` : ''}config.json`
    const config = paths.includes(configPath) ? await readJson(files, configPath) : {}
    const description = describeCheckpoint(await openCheckpoint(files, folder, { variant: variantOf(folder) }))
    inspected.push({ class: typeof config._class_name === 'string' ? config._class_name : null, ...description })
  }
  return inspected
}

function formatTable({
  name,
  class: className,
  format,
  linearLayout,
  parameters,
  dtypes,
  tensors,
}: Inspected): string[] {
  const types = Object.entries(dtypes).map(([dtype, count]) => `${count} ${dtype}`)
  const head = [
    `${name}${className ? ` (${className})` : ''}: ${format}, ${tensors.length} tensors (${types.join(', ')}), ${parameters.toLocaleString('en')} parameters`,
    ...(linearLayout === 'input-output' ? ['Linear weights are [input, output].'] : []),
  ]
  const rows = tensors.map((tensor) => [
    visible(tensor.name),
    tensor.dtype,
    `[${tensor.shape.join(', ')}]`,
    tensor.inPlace ? `${tensor.offset}` : 'copied',
    `${tensor.byteLength}`,
  ])
  return [...head, '', ...alignColumns([['name', 'type', 'shape', 'offset', 'bytes'], ...rows])]
}

/** Texts to the left, the last two columns (numbers) to the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const align = (text: string, column: number) =>
    column < 3 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)
  return rows.map((row) => row.map(align).join('  ').trimEnd())
}
