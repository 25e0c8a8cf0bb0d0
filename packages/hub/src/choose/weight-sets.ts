import { weightFileNames, withVariant } from '@latentkit/core'

/** What text encoders' weights are called, the preferred ones first. */
const encoderNames = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
]

/** True for the name of a file that holds weights, or says where they lie. */
export function isWeightFile(name: string): boolean {
  return (
    /\.(safetensors|bin|pt|pth|ckpt|pdparams|msgpack|onnx|h5|gguf)$/.test(name) || /\.index(\.[^.]+)?\.json$/.test(name)
  )
}

/** The files of the best set of weights among a folder's file names: one file, or an index and its shards. Empty if there is none. */
export function chooseWeights(names: readonly string[], variant: string | undefined): readonly string[] {
  const found = candidatesOf(variant).find((name) => names.includes(name))
  if (found === undefined) return []
  const index = /^(.*)\.(safetensors|bin)\.index(\.[^.]+)?\.json$/.exec(found)
  if (!index) return [found]
  const [, stem, ending] = index
  const whole = withVariant(`${stem}.${ending}`, variant)
  // The number stands after the variant (`.fp16-00001-of-00002`), or, as older versions wrote it, before it.
  const isShard = (name: string) => name !== whole && name.replace(/-\d+-of-\d+(?=\.)/, '') === whole
  return [found, ...names.filter(isShard)]
}

/** The variants that a folder has weights of, `undefined` for those without a variant. */
export function variantsOf(names: readonly string[]): readonly (string | undefined)[] {
  const infixes = names.flatMap(
    (name) => /\.([\w-]+?)(?:-\d+-of-\d+)?\.(?:safetensors|bin|pdparams)$/.exec(name)?.[1] ?? [],
  )
  const known = new Set(names)
  return [undefined, ...new Set(infixes)].filter((variant) => candidatesOf(variant).some((name) => known.has(name)))
}

/** What weights of a variant are called, the preferred ones first. */
function candidatesOf(variant: string | undefined): readonly string[] {
  return [...weightFileNames(variant), ...encoderNames.map((name) => withVariant(name, variant))]
}
