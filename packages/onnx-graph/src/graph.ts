import type { DType, ValueInfo } from '@latentkit/core'

/** A tensor known by name within a graph, with its element type and its full shape. */
export type Value = ValueInfo

/** An attribute of a node; whole numbers are ints unless wrapped as `{ float }`. */
export type Attribute = number | string | readonly number[] | { readonly float: number }

/** One operator call. Missing optional inputs are empty names, as in ONNX. */
export interface GraphNode {
  readonly operator: string
  /** Empty for the standard operators, such as `com.microsoft` for the runtime's own. */
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** Where the bytes of a weight lie: in a file known to the session by `location`. */
export interface ExternalData {
  readonly location: string
  /** From the start of the file, in bytes. */
  readonly offset: number
  readonly byteLength: number
}

/** A constant of the graph, held in it or lying in a weight file. */
export interface Initializer {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: Uint8Array | ExternalData
}

/** A finished graph: plain data, nodes in the order of their evaluation. */
export interface Graph {
  readonly name: string
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly nodes: readonly GraphNode[]
  readonly initializers: readonly Initializer[]
  /** Every value of the graph by name: what shape inference found. */
  readonly values: ReadonlyMap<string, Value>
}
