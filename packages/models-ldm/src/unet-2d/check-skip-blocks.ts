import type { ConfigReader } from '../config-reader.ts'
import { skipGroups } from './block-context.ts'
import type { UNet2DConfig } from './unet-2d-config.ts'

const isSkip = (type: string) => type.startsWith('Skip')

/**
 * Skip blocks hand the picture itself on beside what they make of it (Song et al. 2021, "NCSN++"): they begin the way down and
 * end the way up, and it has three channels. Their normalisations have groups of their own.
 * @throws ConfigError if that does not fit.
 */
export function checkSkipBlocks(config: UNet2DConfig, read: ConfigReader): void {
  const { downBlockTypes: down, upBlockTypes: up, blockOutChannels: widths } = config
  if (down.some((type, level) => isSkip(type) && level > 0 && !isSkip(down[level - 1]!)))
    throw read.refuse('down_block_types', 'SkipDownBlock2D before all others')
  if (up.some((type, level) => !isSkip(type) && level > 0 && isSkip(up[level - 1]!)))
    throw read.refuse('up_block_types', 'SkipUpBlock2D after all others')
  if (down.some(isSkip) && config.inChannels !== 3)
    throw read.refuse('in_channels', '3, as SkipDownBlock2D takes', config.inChannels)
  if (up.slice(0, -1).some(isSkip) && config.outChannels !== 3)
    throw read.refuse('out_channels', '3, as SkipUpBlock2D makes', config.outChannels)
  if ([...down, ...up].some(isSkip) && widths.some((width) => width < 4 || width % skipGroups(width) !== 0))
    throw read.refuse(
      'block_out_channels',
      'widths with which skip blocks have groups: multiples of 4, above 128 of 32',
    )
}

/** Widths that are normalised in `norm_num_groups` groups: those of skip blocks between other skip blocks are not. */
export function groupedWidths({
  downBlockTypes,
  upBlockTypes,
  blockOutChannels,
  midBlockType,
}: UNet2DConfig): number[] {
  const last = blockOutChannels.length - 1
  const touched = new Set([0, ...(midBlockType ? [last] : [])])
  for (let level = 0; level <= last; level++) {
    if (!isSkip(downBlockTypes[level]!)) for (const near of [level, level - 1]) touched.add(near)
    if (!isSkip(upBlockTypes[last - level]!)) for (const near of [level - 1, level, level + 1]) touched.add(near)
  }
  return blockOutChannels.filter((_, level) => touched.has(level))
}
