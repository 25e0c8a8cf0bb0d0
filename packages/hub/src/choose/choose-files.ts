import { RepositoryError } from '../errors/index.ts'
import { chooseWeights, isWeightFile, variantsOf } from './weight-sets.ts'

/** Variants that a message names. */
const mostNamed = 20

/** Which of a repository's files are wanted. */
export interface ChooseFilesOptions {
  /** Weights to take, such as `fp16`. Default: those without a variant, which are float32 as a rule. */
  readonly variant?: string | undefined
  /** Folders to take, such as `['unet', 'vqvae', 'scheduler']`. Default: every folder with a configuration. */
  readonly components?: readonly string[] | undefined
  /** For messages. Default `repository`. */
  readonly repository?: string
}

/**
 * Chooses the files that a model needs out of everything its repository has: of each component its configuration and one
 * set of weights, safetensors before others. Pictures, texts, other variants and formats are left where they are.
 *
 * A repository without `model_index.json` is taken as one component, or as an original checkpoint if it has one weight file.
 * @returns Some of `files`, sorted by path.
 * @throws RepositoryError if a component has no files, or none has weights of the variant; it names the variants there are.
 */
export function chooseFiles<File extends { readonly path: string }>(
  files: readonly File[],
  options: ChooseFilesOptions = {},
): readonly File[] {
  const { variant, repository = 'repository' } = options
  const folders = new Map<string, string[]>()
  for (const { path } of files) {
    const slash = path.indexOf('/')
    const name = path.slice(slash + 1)
    if (name.includes('/')) continue
    const folder = slash < 0 ? '' : path.slice(0, slash)
    const names = folders.get(folder)
    if (names) names.push(name)
    else folders.set(folder, [name])
  }
  const top = folders.get('') ?? []
  const isPipeline = top.includes('model_index.json')
  const components = isPipeline
    ? (options.components ?? [...folders].filter(isComponent).map(([folder]) => folder))
    : ['']

  const hasVariant = (component: string) => chooseWeights(folders.get(component) ?? [], variant).length > 0
  // As in diffusers, a component without weights of the variant is taken without it where another one has some.
  const isKnown = components.some(hasVariant)

  const chosen = new Set<string>(isPipeline ? top.filter(isConfiguration) : [])
  for (const component of components) {
    const names = folders.get(component)
    const explain = (problem: string, hint?: string) =>
      new RepositoryError({ repository, problem, ...(hint === undefined ? {} : { hint }) })
    if (!names) throw explain(`has no folder "${component}", which model_index.json names`)
    const found = chooseWeights(names, isKnown && !hasVariant(component) ? undefined : variant)
    const weights = found.length > 0 || isPipeline || variant !== undefined ? found : originalCheckpoint(names)
    if (weights.length === 0 && (names.includes('config.json') || names.some(isWeightFile))) {
      const asked = variant === undefined ? 'without a variant' : `of variant "${variant}"`
      throw explain(`"${component || 'the top folder'}" has no weights ${asked}`, hintFor(variantsOf(names)))
    }
    for (const name of [...names.filter(isConfiguration), ...weights]) {
      chosen.add(component === '' ? name : `${component}/${name}`)
    }
  }
  return files.filter(({ path }) => chosen.has(path)).sort((a, b) => (a.path < b.path ? -1 : 1))
}

function hintFor(variants: readonly (string | undefined)[]): string | undefined {
  if (variants.length === 0) return undefined
  const named = variants
    .slice(0, mostNamed)
    .map((variant) => (variant === undefined ? 'those without a variant' : `"${variant}"`))
  const others = variants.length - named.length
  return `There are: ${named.join(', ')}${others > 0 ? `, and ${others} others` : ''}.`
}

/** The weight file of a repository that has one only, whatever it is called. */
function originalCheckpoint(names: readonly string[]): readonly string[] {
  const weights = names.filter((name) => /\.(ckpt|pt|pth|bin|safetensors)$/.test(name))
  return weights.length === 1 && !names.includes('config.json') ? weights : []
}

function isComponent([folder, names]: readonly [string, readonly string[]]): boolean {
  return folder !== '' && names.some((name) => name.endsWith('config.json'))
}

function isConfiguration(name: string): boolean {
  return /\.(json|txt|model)$/.test(name) && !isWeightFile(name) && !/^(readme|licen[cs]e|requirements)\b/i.test(name)
}
