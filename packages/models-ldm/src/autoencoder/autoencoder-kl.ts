import {
  type AnyTensor,
  float32,
  InvalidArgumentError,
  sameShape,
  type Tensor,
  type TorchGenerator,
} from '@latentkit/core'
import type { Graph } from '@latentkit/onnx-graph'
import type { InputShape } from '../input-shape.ts'
import { convolve } from '../layers/convolution.ts'
import type { WeightSource } from '../weight-source.ts'
import { decoderGraph, encoderGraph } from './autoencoder-graphs.ts'
import type { KLConfig } from './kl-config.ts'

const name = 'AutoencoderKL'

/**
 * The graph that encodes pictures as normal distributions of latents (Kingma & Welling 2014), from which `drawLatents` draws.
 *
 * Input: `sample` float32 `[batch, in_channels, height, width]` in −1…1, sides being multiples of `autoencoderScale`.
 * Outputs: `mean` and `logvar`, the logarithm of the variance within −30…20, float32
 * `[batch, latent_channels, height / scale, width / scale]`, not scaled.
 * @throws InvalidArgumentError for a side that is no such multiple; WeightError if a weight is missing or has another shape.
 */
export function buildKLEncoder(config: KLConfig, weights: WeightSource, shape: InputShape): Graph {
  const { latentChannels: count } = config
  return encoderGraph({ name, config, weights, shape }, 2 * count, (scope, hidden) => {
    const { graph } = scope
    const both = config.useQuantConv ? convolve(scope.at('quant_conv'), hidden, 2 * count, { size: 1 }) : hidden
    return {
      mean: graph.slice(both, 1, 0, count),
      logvar: graph.clamp(graph.slice(both, 1, count, 2 * count), -30, 20),
    }
  })
}

/**
 * The graph that decodes latents.
 *
 * Input: `latents` float32 `[batch, latent_channels, height, width]`, not scaled: as the encoder gives them.
 * Output: `sample` float32 `[batch, out_channels, height · scale, width · scale]`, nominally in −1…1, not clamped.
 * @throws WeightError if a weight is missing or has another shape.
 */
export function buildKLDecoder(config: KLConfig, weights: WeightSource, shape: InputShape): Graph {
  const { latentChannels: count } = config
  return decoderGraph({ name, config, weights, shape }, count, (scope, latents) =>
    config.usePostQuantConv ? convolve(scope.at('post_quant_conv'), latents, count, { size: 1 }) : latents,
  )
}

/**
 * Draws latents from what an AutoencoderKL's encoder answers, with the numbers of diffusers'
 * `encode(…).latent_dist.sample(generator)`: `mean + exp(logvar / 2) · noise`. Their most likely values are `mean`.
 * @param encoded What a session of the encoder's graph gives.
 * @param generator One for the whole run: what is drawn next is other noise.
 * @throws InvalidArgumentError unless these are two float32 tensors of one shape, and a generator.
 */
export function drawLatents(
  encoded: { readonly [Name in 'mean' | 'logvar']?: AnyTensor },
  generator: TorchGenerator,
): Tensor<'float32'> {
  if (typeof generator?.randn !== 'function') {
    const expected = 'a generator, such as createTorchGenerator(0) gives'
    throw new InvalidArgumentError({ argument: 'generator', value: generator, expected })
  }
  const mean = float32Of(encoded, 'mean')
  const logvar = float32Of(encoded, 'logvar')
  if (!sameShape(mean.shape, logvar.shape))
    throw new InvalidArgumentError({ argument: 'logvar', value: logvar.shape, expected: `the shape [${mean.shape}]` })
  const noise = generator.randn(mean.shape).data
  return float32(
    mean.shape,
    mean.data.map((value, i) => value + Math.fround(Math.exp(logvar.data[i]! / 2)) * noise[i]!),
  )
}

function float32Of(encoded: { readonly [name: string]: AnyTensor | undefined }, argument: string): Tensor<'float32'> {
  const found = encoded?.[argument]
  if (found?.dtype === 'float32') return found
  throw new InvalidArgumentError({ argument, value: found?.dtype ?? found, expected: 'a float32 tensor' })
}
