/** Rules from original names to those of diffusers, each applied once where it fits. */
const rules: readonly (readonly [original: RegExp, diffusers: string])[] = [
  [/^(encoder|decoder)\.norm_out\./, '$1.conv_norm_out.'],
  [/\.mid\.block_1\./, '.mid_block.resnets.0.'],
  [/\.mid\.block_2\./, '.mid_block.resnets.1.'],
  [/\.mid\.attn_1\./, '.mid_block.attentions.0.'],
  [/\.(down|up)\.(\d+)\.block\.(\d+)\./, '.$1_blocks.$2.resnets.$3.'],
  [/\.(down|up)\.(\d+)\.attn\.(\d+)\./, '.$1_blocks.$2.attentions.$3.'],
  [/\.(down|up)\.(\d+)\.(down|up)sample\./, '.$1_blocks.$2.$3samplers.0.'],
  [/\.nin_shortcut\./, '.conv_shortcut.'],
  [/(\.attentions\.\d+)\.norm\./, '$1.group_norm.'],
  [/(\.attentions\.\d+)\.([qkv])\./, '$1.to_$2.'],
  [/(\.attentions\.\d+)\.proj_out\./, '$1.to_out.0.'],
]
const known =
  /^((encoder|decoder)\.(conv_in|conv_norm_out|conv_out|mid_block|down_blocks|up_blocks)|quantize\.embedding|(post_)?quant_conv)\./

/**
 * The diffusers name of each tensor of an original VQ or KL autoencoder, by the original one (`decoder.up.0.block.1.conv1.weight`).
 * The decoder's levels are numbered from the picture in the original, from the latents in diffusers. Names that are not known are left out.
 */
export function autoencoderNames(keys: Iterable<string>): ReadonlyMap<string, string> {
  const all = [...keys]
  const levels = Math.max(0, ...all.map((key) => Number(/^decoder\.up\.(\d+)\./.exec(key)?.[1] ?? -1) + 1))
  const names = new Map<string, string>()
  for (const key of all) {
    const renamed = rules
      .reduce((name, [original, diffusers]) => name.replace(original, diffusers), key)
      .replace(/^decoder\.up_blocks\.(\d+)/, (_, level) => `decoder.up_blocks.${levels - 1 - Number(level)}`)
    if (known.test(renamed)) names.set(key, renamed)
  }
  return names
}
