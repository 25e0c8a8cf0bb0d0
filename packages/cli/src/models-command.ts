import { createDiskStore, fetchNamedModel, readHubEnvironment, removeUnusedCopies } from '@latentkit/backend-node'
import { ModelFilesError } from '@latentkit/core'
import { type FileStore, type KeptModel, listModels, verifyModel } from '@latentkit/hub'
import type { Command } from 'commander'
import { listenForInterruption } from './interruption.ts'
import { words } from './option-parsers.ts'
import { printJSON, printLines } from './print.ts'
import { createProgressDisplay, formatBytes } from './progress-display.ts'

interface CommonOptions {
  readonly cacheDir?: string
  readonly json?: boolean
}

interface PullOptions extends CommonOptions {
  readonly revision?: string
  readonly variant?: string
  readonly endpoint?: string
}

interface VerifyOptions extends CommonOptions {
  readonly removeWrong?: boolean
}

const modelName = words('name', 'the name of a model')

/** `latentkit models`: what is kept of models that were fetched by name. */
export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('Fetches, lists, checks and removes models of the Hugging Face hub and PaddleNLP.')
    .addHelpText(
      'after',
      `
Examples:
  latentkit models pull CompVis/ldm-super-resolution-4x-openimages
  latentkit models pull CompVis/ldm-super-resolution-4x-openimages --variant fp16
  latentkit models pull paddle:CompVis/ldm-super-resolution-4x-openimages
  latentkit models list

Models lie where Python's huggingface_hub keeps them, so that one download serves both. HF_ENDPOINT (a mirror),
HF_TOKEN, HF_HOME, HF_HUB_CACHE and HF_HUB_OFFLINE mean what they mean there.`,
    )
  withCommonOptions(models.command('pull').description('Fetches a model, or what is missing of it.'))
    .argument('<name>', 'repository such as organisation/name, paddle:organisation/name, or the address of a folder')
    .option('--revision <name>', 'branch, tag or commit (default: main)')
    .option('--variant <name>', 'weights to take, such as fp16 (default: those without a variant)')
    .option('--endpoint <url>', 'the hub, or a mirror of it (default: HF_ENDPOINT, or https://huggingface.co)')
    .action(pull)
  withCommonOptions(models.command('list').description('Lists the models that are kept, with their sizes.')).action(
    list,
  )
  withCommonOptions(models.command('verify').description('Compares kept files with their hashes.'))
    .argument('[name]', 'the model (default: all)', modelName)
    .option('--remove-wrong', 'remove wrong files, so that they are fetched anew')
    .action(verify)
  withCommonOptions(models.command('remove').description('Removes a model with all its revisions.'))
    .argument('<name>', 'the model', modelName)
    .action(remove)
}

function withCommonOptions(command: Command): Command {
  return command
    .option(
      '--cache-dir <folder>',
      'where models are kept (default, and where other commands look: HF_HUB_CACHE, or ~/.cache/huggingface/hub)',
      words('--cache-dir', 'a folder'),
    )
    .option('--json', 'print the result as JSON')
}

async function pull(name: string, options: PullOptions): Promise<void> {
  const display = createProgressDisplay(process.stderr)
  const interruption = listenForInterruption(() => 'what was fetched stays, and the next pull goes on there')
  try {
    const { json, ...fetchOptions } = options
    const { signal } = interruption
    const model = await fetchNamedModel(name, { ...fetchOptions, signal, onProgress: display.onProgress })
    const opened = await Promise.all((await model.list()).map((path) => model.open(path)))
    const files = opened.map(({ name: path, size, localPath }) => ({ path, size, localPath }))
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    display.end()
    if (json) printJSON({ name, commit: model.commit, bytes, files })
    else printLines([`${name}: ${files.length} files, ${formatBytes(bytes)}, commit ${model.commit.slice(0, 8)}`])
  } catch (error) {
    display.end()
    throw error
  } finally {
    interruption.stop()
  }
}

async function list(options: CommonOptions): Promise<void> {
  const store = await openStore(options)
  const models = await listModels(store)
  if (options.json) printJSON({ folder: store.name, models })
  else printLines(models.length === 0 ? [`No models in ${store.name}.`] : models.map(describe))
}

function describe({ name, bytes, commits }: KeptModel): string {
  const names = commits.map(({ commit, files }) => `${commit.slice(0, 8)} (${files.length} files)`)
  return `${formatBytes(bytes).padStart(8)}  ${name}  ${names.join(', ')}`
}

async function verify(name: string | undefined, options: VerifyOptions): Promise<void> {
  const interruption = listenForInterruption(() => 'nothing more was checked')
  try {
    const store = await openStore(options)
    const names = name === undefined ? await store.repositories() : [await requireKept(store, name)]
    const { removeWrong } = options
    const results = []
    for (const model of names) {
      const files = await verifyModel(store, model, { removeWrong, signal: interruption.signal })
      results.push(...files.map((file) => ({ name: model, ...file })))
    }
    const wrong = results.filter(({ state }) => state === 'wrong')
    if (options.json) printJSON(results)
    else {
      const odd = results.filter(({ state }) => state !== 'right')
      const lines = odd.map(
        (file) => `${file.state === 'wrong' ? 'wrong' : 'no hash known'}: ${file.name}/${file.path}`,
      )
      printLines([...lines, `${results.length} files checked, ${wrong.length} wrong`])
    }
    if (wrong.length > 0) {
      const hint = removeWrong
        ? 'They were removed; pull them again.'
        : '--remove-wrong removes them, to be pulled again.'
      throw new ModelFilesError({
        path: store.name,
        problem: `${wrong.length} files are not what they should be`,
        hint,
      })
    }
  } finally {
    interruption.stop()
  }
}

async function remove(name: string, options: CommonOptions): Promise<void> {
  const store = await openStore(options)
  const bytes = await store.repository(await requireKept(store, name)).remove()
  await removeUnusedCopies()
  if (options.json) printJSON({ name, bytes })
  else printLines([`${name}: removed, ${formatBytes(bytes)} set free`])
}

async function openStore(options: CommonOptions): Promise<FileStore> {
  return createDiskStore(options.cacheDir ?? (await readHubEnvironment()).cacheDir)
}

async function requireKept(store: FileStore, name: string): Promise<string> {
  const kept = await store.repositories()
  if (kept.includes(name)) return name
  const hint = kept.length === 0 ? 'There are no models.' : `There are: ${kept.join(', ')}.`
  throw new ModelFilesError({ path: name, problem: `is not kept in ${store.name}`, hint })
}
