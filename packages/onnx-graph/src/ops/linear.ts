import { sameShape } from '@latentkit/core'
import { assertSameType } from '../assert-same-type.ts'
import type { Value } from '../graph.ts'
import type { GraphWriter, NodeDraft } from '../graph-builder.ts'
import { GraphError } from '../graph-error.ts'
import { broadcastShapes } from './elementwise.ts'

/** Padding on the four sides of a picture, in pixels. */
export interface Padding {
  readonly top: number
  readonly left: number
  readonly bottom: number
  readonly right: number
}

/** How a convolution slides. */
export interface ConvolutionOptions {
  readonly bias?: Value | undefined
  /** The same in both directions, or along rows and columns by itself. Default 1. */
  readonly stride?: number | readonly [vertical: number, horizontal: number] | undefined
  /** Zeros around the picture: the same on all sides, or each by itself. Default 0. */
  readonly padding?: number | Padding | undefined
  /** Distance between the pixels that neighbouring weights see. Default 1. */
  readonly dilation?: number | readonly [vertical: number, horizontal: number] | undefined
  /** Default 1. */
  readonly groups?: number | undefined
}

/** Operators with weights. */
export interface LinearOps {
  /** 2-D convolution of `[n, in, h, w]` with weights `[out, in / groups, kh, kw]`. */
  convolution(x: Value, weight: Value, options?: ConvolutionOptions): Value
  /** Transposed 2-D convolution of `[n, in, h, w]` with weights `[in, out / groups, kh, kw]`. */
  transposedConvolution(x: Value, weight: Value, options?: Omit<ConvolutionOptions, 'dilation'>): Value
  /** Matrix product over the last two axes, the others broadcast. */
  matrixProduct(a: Value, b: Value): Value
  /** `a · b + c` of matrices, each transposed first if asked; `c` is broadcast. */
  gemm(
    a: Value,
    b: Value,
    options?: {
      readonly c?: Value | undefined
      readonly transposeA?: boolean | undefined
      readonly transposeB?: boolean | undefined
    },
  ): Value
  /** Normalises each channel of each picture of `[n, c, …]` over its pixels, then applies a scale and a shift of shape `[c]`. */
  instanceNorm(x: Value, scale: Value, shift: Value, epsilon: number): Value
}

export function createLinearOps(graph: GraphWriter): LinearOps {
  return {
    convolution(x, weight, { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = {}) {
      const [n, channels, height, width] = pictureShape('Conv', x)
      const [out, perGroup, kernelHeight, kernelWidth] = pictureShape('Conv', weight)
      if (perGroup * groups !== channels || out % groups !== 0) {
        throw new GraphError('Conv', `weight [${weight.shape}] in ${groups} groups does not fit input [${x.shape}]`)
      }
      assertBias('Conv', bias, out)
      assertSameType('Conv', x, weight, bias)
      const { strides, sides, attributes } = slide(stride, padding, kernelHeight, kernelWidth, groups)
      const dilations = both(dilation)
      const reach = [dilations[0] * (kernelHeight - 1), dilations[1] * (kernelWidth - 1)] as const
      const rows = Math.floor((height + sides.top + sides.bottom - reach[0] - 1) / strides[0]) + 1
      const columns = Math.floor((width + sides.left + sides.right - reach[1] - 1) / strides[1]) + 1
      return graph.node('Conv', {
        inputs: bias ? [x, weight, bias] : [x, weight],
        dtype: x.dtype,
        shape: [n, out, rows, columns],
        attributes: { ...attributes, dilations },
      })
    },
    transposedConvolution(x, weight, { bias, stride = 1, padding = 0, groups = 1 } = {}) {
      const [n, channels, height, width] = pictureShape('ConvTranspose', x)
      const [into, perGroup, kernelHeight, kernelWidth] = pictureShape('ConvTranspose', weight)
      if (into !== channels || channels % groups !== 0) {
        throw new GraphError(
          'ConvTranspose',
          `weight [${weight.shape}] in ${groups} groups does not fit input [${x.shape}]`,
        )
      }
      const out = perGroup * groups
      assertBias('ConvTranspose', bias, out)
      assertSameType('ConvTranspose', x, weight, bias)
      const { strides, sides, attributes } = slide(stride, padding, kernelHeight, kernelWidth, groups)
      const rows = (height - 1) * strides[0] + kernelHeight - sides.top - sides.bottom
      const columns = (width - 1) * strides[1] + kernelWidth - sides.left - sides.right
      return graph.node('ConvTranspose', {
        inputs: bias ? [x, weight, bias] : [x, weight],
        dtype: x.dtype,
        shape: [n, out, rows, columns],
        attributes,
      })
    },
    matrixProduct(a, b) {
      const [rows, inner] = a.shape.slice(-2)
      const [innerB, columns] = b.shape.slice(-2)
      const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
      if (inner === undefined || columns === undefined || inner !== innerB || !batch) {
        throw new GraphError('MatMul', `shapes [${a.shape}] and [${b.shape}] do not fit`)
      }
      assertSameType('MatMul', a, b)
      return graph.node('MatMul', { inputs: [a, b], dtype: a.dtype, shape: [...batch, rows!, columns] })
    },
    gemm(a, b, { c, transposeA = false, transposeB = false } = {}) {
      const [rows, inner] = transposeA ? [...a.shape].reverse() : a.shape
      const [innerB, columns] = transposeB ? [...b.shape].reverse() : b.shape
      if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== innerB) {
        throw new GraphError('Gemm', `shapes [${a.shape}] and [${b.shape}] do not fit`)
      }
      const shape = [rows!, columns!]
      if (c && !sameShape(broadcastShapes(c.shape, shape) ?? [], shape))
        throw new GraphError('Gemm', `shape [${c.shape}] of what is added does not fit [${shape}]`)
      assertSameType('Gemm', a, b, c)
      return graph.node('Gemm', {
        inputs: c ? [a, b, c] : [a, b],
        dtype: a.dtype,
        shape,
        attributes: { transA: Number(transposeA), transB: Number(transposeB) },
      })
    },
    instanceNorm(x, scale, shift, epsilon) {
      const channels = [x.shape[1]!]
      if (!sameShape(scale.shape, channels) || !sameShape(shift.shape, channels)) {
        throw new GraphError(
          'InstanceNormalization',
          `scale [${scale.shape}] and shift [${shift.shape}] do not fit [${x.shape}]`,
        )
      }
      assertSameType('InstanceNormalization', x, scale, shift)
      const attributes = { epsilon: { float: epsilon } }
      return graph.node('InstanceNormalization', {
        inputs: [x, scale, shift],
        dtype: x.dtype,
        shape: x.shape,
        attributes,
      })
    },
  }
}

/** Strides and padding of both directions, also as ONNX attributes. */
function slide(
  stride: number | readonly [number, number],
  padding: number | Padding,
  kernelHeight: number,
  kernelWidth: number,
  group: number,
): { strides: readonly [number, number]; sides: Padding; attributes: NodeDraft['attributes'] & {} } {
  const strides = both(stride)
  const sides = typeof padding === 'number' ? { top: padding, left: padding, bottom: padding, right: padding } : padding
  const pads = [sides.top, sides.left, sides.bottom, sides.right]
  return { strides, sides, attributes: { kernel_shape: [kernelHeight, kernelWidth], strides, pads, group } }
}

/** One number for both directions, or one for each. */
function both(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value
}

function assertBias(operator: string, bias: Value | undefined, channels: number): void {
  if (bias && !sameShape(bias.shape, [channels]))
    throw new GraphError(operator, `bias [${bias.shape}] does not fit ${channels} channels`)
}

function pictureShape(operator: string, value: Value): [number, number, number, number] {
  if (value.shape.length !== 4) throw new GraphError(operator, `a shape of four sizes is needed; got [${value.shape}]`)
  return value.shape as unknown as [number, number, number, number]
}
