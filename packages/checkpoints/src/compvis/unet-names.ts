/** A part of a network whose layers have other names in diffusers: an original block, and where it stands there. */
interface Block {
  readonly scope: string
  readonly layers: Readonly<Record<string, string>>
}

const resnetLayers = {
  'in_layers.0': 'norm1',
  'in_layers.2': 'conv1',
  'emb_layers.1': 'time_emb_proj',
  'out_layers.0': 'norm2',
  'out_layers.3': 'conv2',
  skip_connection: 'conv_shortcut',
}
const attentionLayers = { norm: 'group_norm', qkv: 'qkv', proj_out: 'to_out.0' }
const single = {
  'time_embed.0': 'time_embedding.linear_1',
  'time_embed.2': 'time_embedding.linear_2',
  'input_blocks.0.0': 'conv_in',
  'out.0': 'conv_norm_out',
  'out.2': 'conv_out',
}

/**
 * The diffusers name of each tensor of an original UNet, by the original one (`input_blocks.1.0.in_layers.0.weight`).
 * What each numbered block is follows from the names: a level ends where a block downsamples (`op`) or upsamples (`conv`).
 * The fused projection of an attention is called `….qkv`, as it has no counterpart. Names that are not known are left out.
 */
export function unetNames(keys: Iterable<string>): ReadonlyMap<string, string> {
  const all = [...keys]
  const blocks = blocksOf(all)
  const names = new Map<string, string>()
  for (const key of all) {
    const [, path, leaf] = /^(.*)\.(weight|bias)$/.exec(key) ?? []
    if (path === undefined) continue
    const [, prefix, layer] = /^((?:input_blocks|output_blocks)\.\d+\.\d+|middle_block\.\d+)\.(.*)$/.exec(path) ?? []
    const block = prefix === undefined ? undefined : blocks.get(prefix)
    const name = single[path as keyof typeof single] ?? (block && layerName(block, layer!))
    if (name !== undefined) names.set(key, `${name}.${leaf}`)
  }
  return names
}

function layerName({ scope, layers }: Block, layer: string): string | undefined {
  return Object.hasOwn(layers, layer) ? `${scope}.${layers[layer]}` : undefined
}

function blocksOf(keys: readonly string[]): Map<string, Block> {
  const blocks = new Map<string, Block>([
    ['middle_block.0', { scope: 'mid_block.resnets.0', layers: resnetLayers }],
    ['middle_block.1', { scope: 'mid_block.attentions.0', layers: attentionLayers }],
    ['middle_block.2', { scope: 'mid_block.resnets.1', layers: resnetLayers }],
  ])
  const has = new Set(keys)
  for (const [side, scope, first] of [
    ['input_blocks', 'down_blocks', 1],
    ['output_blocks', 'up_blocks', 0],
  ] as const) {
    let [level, layer] = [0, 0]
    for (let block = first; ; block++) {
      const parts = [0, 1, 2].map((part) => `${side}.${block}.${part}`) as [string, string, string]
      const down = has.has(`${parts[0]}.op.weight`)
      if (!down && !has.has(`${parts[0]}.in_layers.0.weight`)) break
      const at = `${scope}.${level}`
      if (!down) blocks.set(parts[0], { scope: `${at}.resnets.${layer}`, layers: resnetLayers })
      if (has.has(`${parts[1]}.norm.weight`)) {
        blocks.set(parts[1], { scope: `${at}.attentions.${layer}`, layers: attentionLayers })
      }
      layer++
      const up = parts.find((part) => has.has(`${part}.conv.weight`))
      if (down) blocks.set(parts[0], { scope: `${at}.downsamplers.0`, layers: { op: 'conv' } })
      if (up) blocks.set(up, { scope: `${at}.upsamplers.0`, layers: { conv: 'conv' } })
      if (down || up) [level, layer] = [level + 1, 0]
    }
  }
  return blocks
}
