import { foldedBytes, peakActivationBytes } from '@latentkit/onnx-graph'
import { buildVQDecoder } from '../autoencoder/vq-model.ts'
import type { ConvolutionMethod, InputShape } from '../input-shape.ts'
import { buildUNet2D } from '../unet-2d/unet-2d-model.ts'
import { buildCorrection, type CorrectionOptions } from './correction.ts'
import type { ModelComponents } from './model-components.ts'

/**
 * What a runtime takes for the values of a graph, as a multiple of them: room for its kernels, blocks it keeps for later.
 * Measured on onnxruntime-node's CPU: 1.3 to 1.7 with the small model (`bench/results/large-pictures.md`); Winograd's way
 * with the full-size architecture 1.6 to 2.7, the more the larger the tile (`bench/results/full-size.md`).
 */
const overheads: Readonly<Record<ConvolutionMethod, number>> = { direct: 1.75, winograd: 2.75 }

/**
 * What it takes for weights that it computes from others when a session is made, which lie in memory twice for a while: as a
 * multiple of them. Measured with the full-size architecture by Winograd's way, in Node and on WASM: 1.2 to 1.5.
 */
const foldingOverhead = 1.5

/** About how many bytes a run with inputs of this size takes, beside the weights as they are. */
export function requiredMemory({ unet, vqvae }: ModelComponents, shape: InputShape): number {
  const overhead = overheads[shape.convolutions ?? 'direct']
  const graphs = [buildUNet2D(unet.config, unet.weights, shape), buildVQDecoder(vqvae.config, vqvae.weights, shape)]
  return graphs.reduce(
    (sum, graph) => sum + overhead * peakActivationBytes(graph) + foldingOverhead * foldedBytes(graph),
    0,
  )
}

/**
 * The same for convolutions of single planes, which the runtime spreads out first. With it plans do not fall short where tiles are
 * small and this is most of the memory (`bench/results/large-pictures.md`).
 */
const correctionOverhead = 4.7

/** Copies of a block on its way from the decoded rows to the picture, to the runtime and back. */
const blockCopies = 4

/** Of blocks that are done, what the collector has not taken back yet: where blocks are small it is more than such copies. */
const leftBehind = 16 * 2 ** 20

/** About how many bytes correcting a picture takes, block by block, beside the rows that wait for it. */
export function correctionMemory(options: CorrectionOptions): number {
  const { batch, height, width, scale, wavelet, iterations } = options
  const copies = blockCopies * batch * height * width * scale ** 2 * 12
  if (iterations === 0 && !wavelet) return copies
  return copies + leftBehind + correctionOverhead * peakActivationBytes(buildCorrection(options))
}
