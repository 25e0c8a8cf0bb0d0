/**
 * How 3×3 convolutions are done: by the runtime's own operator, or by Winograd's way in matrix products. On a CPU the latter
 * takes 0.7 to 0.8 of the time of a network with hundreds of channels, and two to four times the memory.
 */
export type ConvolutionMethod = (typeof convolutionMethods)[number]
export const convolutionMethods = ['direct', 'winograd'] as const

/** Sizes of the input of one graph, in its own pixels, and how the graph convolves. */
export interface InputShape {
  readonly batch: number
  readonly height: number
  readonly width: number
  /** Default `direct`. */
  readonly convolutions?: ConvolutionMethod | undefined
}
