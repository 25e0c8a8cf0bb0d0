import type { GraphBuilder, Value } from '@latentkit/onnx-graph'
import { findWeight } from './find-weight.ts'
import type { ComputeOptions, ConvolutionMethod, Precision } from './input-shape.ts'
import type { WeightSource } from './weight-source.ts'

/** Where a layer's weights are found: a graph being built and a path within a checkpoint. Names are the checkpoint's own. */
export interface Scope {
  readonly graph: GraphBuilder
  readonly convolutions: ConvolutionMethod
  /** The element type of the scope's weights. */
  readonly precision: Precision
  /** The scope of a part, such as `resnets.0`. */
  at(name: string): Scope
  /** The same scope with weights in float32. */
  inFloat32(): Scope
  /**
   * A weight in the scope's precision. The same values may be seen in another shape, `view`.
   * @throws WeightError if it is missing, has another shape, or does not hold floating numbers.
   */
  weight(name: string, shape: readonly number[], view?: readonly number[]): Value
  /** The weight `[output, input]` of a Linear layer, whichever way round the checkpoint holds it; optionally seen in another shape. */
  linearWeight(name: string, output: number, input: number, view?: readonly number[]): Value
}

/** The scope of a whole checkpoint, or of what lies below `path`. */
export function createScope(graph: GraphBuilder, source: WeightSource, compute: ComputeOptions = {}, path = ''): Scope {
  const { convolutions = 'direct', precision = 'float32' } = compute
  const nameOf = (name: string) => (path === '' ? name : `${path}.${name}`)

  function weight(name: string, shape: readonly number[], view: readonly number[] = shape): Value {
    const fullName = nameOf(name)
    const entry = findWeight(source.index, fullName, shape)
    const copy = source.copies.get(fullName)
    const stored = copy
      ? graph.constant({ ...copy, shape: view })
      : graph.weight(`${fullName}${view === shape ? '' : ` as [${view}]`}`, entry.dtype, view, {
          location: entry.file.name,
          offset: entry.offset,
          byteLength: entry.byteLength,
        })
    return graph.cast(stored, precision)
  }

  return {
    graph,
    convolutions,
    precision,
    at: (name) => createScope(graph, source, compute, nameOf(name)),
    inFloat32: () => createScope(graph, source, { ...compute, precision: 'float32' }, path),
    weight,
    linearWeight(name, output, input, view) {
      if (source.index.linearLayout === 'output-input') return weight(name, [output, input], view)
      const turned = graph.transpose(weight(name, [input, output]), [1, 0])
      return view ? graph.reshape(turned, view) : turned
    },
  }
}
