/** The full-size UNet that `make_weights.py` made, ready for any backend. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openModel } from '@latentkit/backend-node'
import { openCheckpoint } from '@latentkit/checkpoints'
import { float32, readJson, type Tensor } from '@latentkit/core'
import {
  buildUNet2D,
  type ConvolutionMethod,
  type Precision,
  parseUNet2DConfig,
  prepareWeights,
  type WeightSource,
} from '@latentkit/models-ldm'
import type { Graph } from '@latentkit/onnx-graph'

export interface FullSizeUNet {
  readonly graph: Graph
  readonly weights: WeightSource
  readonly inputs: { readonly sample: Tensor<'float32'>; readonly timestep: Tensor<'float32'> }
}

/** @param side of the latents in their own pixels; the sample of this size lies in the folder, too. */
export async function openFullSizeUNet(
  folder: string,
  side: number,
  precision: Precision,
  convolutions: ConvolutionMethod = 'direct',
): Promise<FullSizeUNet> {
  const files = await openModel(folder)
  const weights = await prepareWeights(await openCheckpoint(files, 'unet'))
  const config = parseUNet2DConfig(await readJson(files, 'unet/config.json'))
  const graph = buildUNet2D(config, weights, { batch: 1, height: side, width: side, precision, convolutions })
  const { buffer } = new Uint8Array(await readFile(join(folder, `sample-${side}.f32`)))
  const sample = float32([1, 6, side, side], new Float32Array(buffer))
  return { graph, weights, inputs: { sample, timestep: float32([1], [500]) } }
}
