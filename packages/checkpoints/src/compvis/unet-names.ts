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
const singleLayers: ReadonlyMap<string, string> = new Map([
  ['time_embed.0', 'time_embedding.linear_1'],
  ['time_embed.2', 'time_embedding.linear_2'],
  ['input_blocks.0.0', 'conv_in'],
  ['out.0', 'conv_norm_out'],
  ['out.2', 'conv_out'],
])

/**
 * The diffusers name of each tensor of an original UNet, by the original one (`input_blocks.1.0.in_layers.0.weight`).
 * What each numbered block is follows from the names: a level ends where a block downsamples (`op`) or upsamples (`conv`).
 * The fused projection of an attention is called `….qkv`, as it has no counterpart. Names that are not known are left out.
 */
export function unetNames(keys: Iterable<string>): ReadonlyMap<string, string> {
  const all = new Set(keys)
  const blocks = new Map<string, Block>([
    ['middle_block.0', { scope: 'mid_block.resnets.0', layers: resnetLayers }],
    ['middle_block.1', { scope: 'mid_block.attentions.0', layers: attentionLayers }],
    ['middle_block.2', { scope: 'mid_block.resnets.1', layers: resnetLayers }],
    ...numberedBlocks(all, 'input_blocks', 1, 'down_blocks'),
    ...numberedBlocks(all, 'output_blocks', 0, 'up_blocks'),
  ])
  const names = new Map<string, string>()
  for (const key of all) {
    const [, path, leaf] = /^(.*)\.(weight|bias)$/.exec(key) ?? []
    if (path === undefined) continue
    const name = singleLayers.get(path) ?? nameInBlock(path, blocks)
    if (name !== undefined) names.set(key, `${name}.${leaf}`)
  }
  return names
}

function nameInBlock(path: string, blocks: ReadonlyMap<string, Block>): string | undefined {
  const [, prefix = '', layer = ''] = /^((?:input|output)_blocks\.\d+\.\d+|middle_block\.\d+)\.(.*)$/.exec(path) ?? []
  const block = blocks.get(prefix)
  return block && Object.hasOwn(block.layers, layer) ? `${block.scope}.${block.layers[layer]}` : undefined
}

/** The parts of the numbered blocks on one side: a resnet, perhaps an attention after it, perhaps a change of resolution at the end. */
function* numberedBlocks(
  keys: ReadonlySet<string>,
  side: string,
  first: number,
  scope: string,
): Generator<[prefix: string, block: Block]> {
  let [level, layer] = [0, 0]
  for (let number = first; ; number++) {
    const [start, second, third] = [0, 1, 2].map((part) => `${side}.${number}.${part}`) as [string, string, string]
    const at = `${scope}.${level}`
    const isResnet = keys.has(`${start}.in_layers.0.weight`)
    const down = keys.has(`${start}.op.weight`)
    const up = [second, third].find((part) => keys.has(`${part}.conv.weight`))
    if (!isResnet && !down) return
    if (isResnet) yield [start, { scope: `${at}.resnets.${layer}`, layers: resnetLayers }]
    if (keys.has(`${second}.norm.weight`)) {
      yield [second, { scope: `${at}.attentions.${layer}`, layers: attentionLayers }]
    }
    if (down) yield [start, { scope: `${at}.downsamplers.0`, layers: { op: 'conv' } }]
    if (up) yield [up, { scope: `${at}.upsamplers.0`, layers: { conv: 'conv' } }]
    layer++
    if (down || up) [level, layer] = [level + 1, 0]
  }
}
