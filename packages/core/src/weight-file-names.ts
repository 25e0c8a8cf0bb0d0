/** The weight files that the folder of a network may have, as diffusers and PaddleNLP name them, the preferred ones first. */
const names = [
  'diffusion_pytorch_model.safetensors',
  'diffusion_pytorch_model.safetensors.index.json',
  'diffusion_pytorch_model.bin',
  'diffusion_pytorch_model.bin.index.json',
  'diffusion_paddle_model.safetensors',
  'model_state.safetensors',
  'model_state.pdparams',
]

/**
 * The names that the weights of a network may have in its folder, the preferred ones first: what is fetched and what is
 * opened. A name that ends in `.json` is of the map of a sharded file.
 * @param variant Such as `fp16`; diffusers puts it before the last dot.
 */
export function weightFileNames(variant?: string): readonly string[] {
  return names.map((name) => withVariant(name, variant))
}

/** A file's name with a variant, which diffusers puts before the last dot. */
export function withVariant(name: string, variant: string | undefined): string {
  return variant === undefined ? name : name.replace(/\.(?=[^.]*$)/, `.${variant}.`)
}
