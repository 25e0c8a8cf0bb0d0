import type { GraphBuilder, Value } from '@latentkit/onnx-graph'

/** Activation functions by diffusers' names (`act_fn`). */
export const activations = ['silu', 'swish', 'mish', 'gelu', 'relu'] as const
/** One of `activations`. */
export type Activation = (typeof activations)[number]

/** Applies an activation function to every element. */
export function activate(graph: GraphBuilder, activation: Activation, x: Value): Value {
  switch (activation) {
    case 'silu':
    case 'swish':
      return graph.multiply(x, graph.sigmoid(x))
    case 'mish':
      return graph.multiply(x, graph.tanh(graph.softplus(x)))
    case 'gelu':
      return graph.multiply(graph.multiply(x, graph.add(graph.erf(graph.divide(x, Math.SQRT2)), 1)), 0.5)
    case 'relu':
      return graph.relu(x)
  }
}
