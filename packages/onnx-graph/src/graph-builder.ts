import { bytesPerElement, type DType, elementCount, float16, float32, type Tensor } from '@latentkit/core'
import type { Attribute, ExternalData, Graph, GraphNode, Initializer, Value } from './graph.ts'
import { GraphError } from './graph-error.ts'
import { createElementwiseOps, type ElementwiseOps } from './ops/elementwise.ts'
import { createLinearOps, type LinearOps } from './ops/linear.ts'
import { createReductionOps, type ReductionOps } from './ops/reduction.ts'
import { createSamplingOps, type SamplingOps } from './ops/sampling.ts'
import { createShapeOps, type ShapeOps } from './ops/shape.ts'

/** A node to be added; its output's name is made up by the builder. */
export interface NodeDraft {
  readonly inputs: readonly (Value | undefined)[]
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly attributes?: Readonly<Record<string, Attribute>>
  readonly domain?: string
}

/** What the operator groups are made of. */
export interface GraphWriter {
  /** Adds a node with one output. For operators that the builder has no method for. */
  node(operator: string, draft: NodeDraft): Value
  /** A constant held in the graph. Equal constants are stored once. */
  constant(value: Tensor): Value
  /** A constant of the element type of `x`, float32 or float16. */
  constantLike(x: Value, shape: readonly number[], values: ArrayLike<number>): Value
}

/**
 * Builds a graph one operator call at a time. Every method checks shapes, and that operands have one element type, since none
 * is ever converted unasked, and returns the value that the operator makes; all sizes are known while building.
 * @throws GraphError, by every method, naming the operator and what does not fit.
 * @see https://onnx.ai/onnx/operators for the operators' meaning
 */
export interface GraphBuilder extends GraphWriter, ElementwiseOps, LinearOps, ReductionOps, SamplingOps, ShapeOps {
  /** A tensor given at each run, always of this shape: whole sizes above 0, none of them left open; `[]` is a scalar. */
  input(name: string, dtype: DType, shape: readonly number[]): Value
  /** A weight that stays where it lies. Asking for the same name again gives the same value if nothing differs. */
  weight(name: string, dtype: DType, shape: readonly number[], data: ExternalData): Value
  /** Makes `value` a result of the graph under `name`. */
  output(name: string, value: Value): void
  /** The finished graph. */
  finish(): Graph
}

/** The version of the standard operator set that all graphs use. */
export const opset = 17

/** Starts an empty graph. */
export function createGraphBuilder(name: string): GraphBuilder {
  const inputs: Value[] = []
  const outputs: Value[] = []
  const nodes: GraphNode[] = []
  const initializers = new Map<string, Initializer>()
  const values = new Map<string, Value>()
  const constants = new Map<string, Value>()

  function define(value: Value): Value {
    if (values.has(value.name)) throw new GraphError(name, `two values are called "${value.name}"`)
    const frozen = Object.freeze({ ...value, shape: Object.freeze([...value.shape]) })
    values.set(value.name, frozen)
    return frozen
  }

  function assertFixed(what: string, shape: readonly number[]): void {
    if (isFixed(shape)) return
    throw new GraphError(
      name,
      `${what} is [${shape}]; sizes are fixed, whole numbers above 0 (none is left open by -1)`,
    )
  }

  const writer: GraphWriter = {
    node(operator, { inputs: operands, dtype, shape, attributes = {}, domain = '' }) {
      if (!isFixed(shape)) {
        const taken = operands.map((operand) => `[${operand?.shape}]`).join(', ')
        throw new GraphError(operator, `${taken} cannot be made [${shape}]`)
      }
      const stranger = operands.find((operand) => operand && values.get(operand.name) !== operand)
      if (stranger) throw new GraphError(operator, `"${stranger.name}" is not a value of this graph`)
      const value = define({ name: `${operator}_${nodes.length}`, dtype, shape })
      const names = operands.map((operand) => operand?.name ?? '')
      nodes.push(Object.freeze({ operator, domain, inputs: names, outputs: [value.name], attributes }))
      return value
    },
    constant({ dtype, shape, data }) {
      if (data.length !== elementCount(shape))
        throw new GraphError('constant', `${data.length} values do not fit the shape [${shape}]`)
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
      const key = `${dtype} ${shape} ${bytes.length <= 256 ? bytes : `#${constants.size}`}`
      const known = constants.get(key)
      if (known) return known
      const value = define({ name: `constant_${constants.size}`, dtype, shape })
      initializers.set(value.name, { ...value, data: bytes })
      constants.set(key, value)
      return value
    },
    constantLike({ dtype }, shape, values) {
      if (dtype === 'float16') return writer.constant(float16(shape, values))
      if (dtype === 'float32') return writer.constant(float32(shape, Float32Array.from(values)))
      throw new GraphError('constant', `numbers are float32 or float16; the other operand is ${dtype}`)
    },
  }

  return {
    ...writer,
    ...createElementwiseOps(writer),
    ...createLinearOps(writer),
    ...createReductionOps(writer),
    ...createSamplingOps(writer),
    ...createShapeOps(writer),
    input(inputName, dtype, shape) {
      assertFixed(`input "${inputName}"`, shape)
      const value = define({ name: inputName, dtype, shape })
      inputs.push(value)
      return value
    },
    weight(weightName, dtype, shape, data) {
      assertFixed(`weight "${weightName}"`, shape)
      const wanted = elementCount(shape) * bytesPerElement(dtype)
      if (data.byteLength !== wanted) {
        const problem = `weight "${weightName}" of ${dtype} [${shape}] takes ${wanted} bytes; ${data.byteLength} are given`
        throw new GraphError(name, problem)
      }
      const known = initializers.get(weightName)
      const initializer: Initializer = Object.freeze({ name: weightName, dtype, shape: [...shape], data: { ...data } })
      if (known) {
        if (JSON.stringify(known) !== JSON.stringify(initializer)) {
          throw new GraphError(name, `weight "${weightName}" is declared twice with different shapes or places`)
        }
        return values.get(weightName)!
      }
      initializers.set(weightName, initializer)
      return define({ name: weightName, dtype, shape })
    },
    output(outputName, value) {
      if (values.get(value.name) !== value)
        throw new GraphError(name, `output "${outputName}" is not a value of this graph`)
      const renamed = define({ ...value, name: outputName })
      nodes.push({ operator: 'Identity', domain: '', inputs: [value.name], outputs: [outputName], attributes: {} })
      outputs.push(renamed)
    },
    finish() {
      if (outputs.length === 0) throw new GraphError(name, 'a graph needs an output')
      return Object.freeze({
        name,
        inputs: Object.freeze([...inputs]),
        outputs: Object.freeze([...outputs]),
        nodes: Object.freeze([...nodes]),
        initializers: Object.freeze([...initializers.values()]),
        values: new Map(values),
      })
    },
  }
}

/** Whether all sizes are known; of a scalar there are none. */
function isFixed(shape: readonly number[]): boolean {
  return shape.every((size) => Number.isInteger(size) && size > 0)
}

/** Number of elements of a value. */
export function valueSize(value: Value): number {
  return elementCount(value.shape)
}
