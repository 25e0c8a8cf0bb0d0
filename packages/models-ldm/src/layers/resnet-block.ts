import type { Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'
import { type Activation, activate } from './activation.ts'
import { convolve } from './convolution.ts'
import { groupNorm } from './group-norm.ts'
import { linear } from './linear.ts'
import { downsample, type ResamplingKernel, upsample } from './resampling.ts'

export interface ResnetBlockOptions {
  /** Channels going out. */
  readonly output: number
  readonly activation: Activation
  readonly epsilon: number
  /** Groups of the first normalisation, and of the second if `groupsOut` does not say otherwise. */
  readonly groups: number
  readonly groupsOut?: number
  /** Time embedding `[n, d]`: added, or split into a scale and a shift of the second normalisation. */
  readonly time?: { readonly embedding: Value; readonly mode: 'default' | 'scale_shift' } | undefined
  /** Halves or doubles the resolution on the way. */
  readonly resample?: { readonly direction: 'down' | 'up'; readonly kernel: ResamplingKernel }
  /** A 1×1 convolution on the shortcut even where the channels stay the same. Default false. */
  readonly alwaysShortcut?: boolean
  /** The sum with the shortcut is divided by this. Default 1. */
  readonly outputScale?: number
}

/** Two convolutions with normalisation and a shortcut (He et al. 2016, as in Ho et al. 2020): `[n, c, h, w]` → `[n, output, h', w']`. */
export function resnetBlock(scope: Scope, x: Value, options: ResnetBlockOptions): Value {
  const { graph } = scope
  const {
    output,
    activation,
    epsilon,
    groups,
    groupsOut = groups,
    time,
    resample,
    alwaysShortcut,
    outputScale = 1,
  } = options

  let shortcut = x
  let hidden = activate(graph, activation, groupNorm(scope.at('norm1'), x, { groups, epsilon }))
  if (resample) {
    const change = resample.direction === 'down' ? downsample : upsample
    shortcut = change(graph, x, resample.kernel)
    hidden = change(graph, hidden, resample.kernel)
  }
  hidden = convolve(scope.at('conv1'), hidden, output)

  const timeWidth = time?.mode === 'scale_shift' ? 2 * output : output
  const timeBias = time
    ? graph.reshape(linear(scope.at('time_emb_proj'), activate(graph, activation, time.embedding), timeWidth), [
        time.embedding.shape[0]!,
        timeWidth,
        1,
        1,
      ])
    : undefined
  if (timeBias && time?.mode === 'default') hidden = graph.add(hidden, timeBias)
  hidden = groupNorm(scope.at('norm2'), hidden, { groups: groupsOut, epsilon })
  if (timeBias && time?.mode === 'scale_shift') {
    const [scale, shift] = graph.split(timeBias, 1, 2)
    hidden = graph.add(graph.multiply(hidden, graph.add(scale!, 1)), shift!)
  }
  hidden = convolve(scope.at('conv2'), activate(graph, activation, hidden), output)

  if (alwaysShortcut || x.shape[1] !== output)
    shortcut = convolve(scope.at('conv_shortcut'), shortcut, output, { size: 1 })
  const sum = graph.add(shortcut, hidden)
  return outputScale === 1 ? sum : graph.divide(sum, outputScale)
}
