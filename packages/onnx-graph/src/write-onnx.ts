import type { Attribute, Graph, GraphNode, Initializer, Value } from './graph.ts'
import { opset } from './graph-builder.ts'
import { onnxDataType } from './onnx-data-type.ts'
import { bytesField, type Chunks, floatField, joinChunks, messageField, numberField, textField } from './protobuf.ts'

/**
 * The bytes of an ONNX file (IR version 8). Weights are not in it: it names their file, offset and length.
 * `locations` says by which path the reader will find a weight file; a file that it does not list keeps its own location.
 * Field numbers are those of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
export function writeOnnx(graph: Graph, locations: Readonly<Record<string, string>> = {}): Uint8Array {
  const model: Chunks[] = [
    numberField(1, 8),
    textField(2, 'latentkit'),
    messageField(
      7,
      ...graph.nodes.map((node) => messageField(1, ...nodeFields(node))),
      textField(2, graph.name),
      ...graph.initializers.map((initializer) => messageField(5, ...tensorFields(initializer, locations))),
      ...graph.inputs.map((value) => messageField(11, ...valueFields(value))),
      ...graph.outputs.map((value) => messageField(12, ...valueFields(value))),
    ),
    messageField(8, numberField(2, opset)),
    ...extraDomains(graph).map((domain) => messageField(8, textField(1, domain), numberField(2, 1))),
  ]
  return joinChunks(model.flat())
}

function extraDomains(graph: Graph): readonly string[] {
  return [...new Set(graph.nodes.map((node) => node.domain))].filter((domain) => domain !== '')
}

function nodeFields(node: GraphNode): readonly Chunks[] {
  return [
    ...node.inputs.map((name) => textField(1, name)),
    ...node.outputs.map((name) => textField(2, name)),
    textField(3, node.outputs[0]!),
    textField(4, node.operator),
    ...Object.entries(node.attributes).map(([name, value]) =>
      messageField(5, textField(1, name), ...attributeFields(value)),
    ),
    ...(node.domain ? [textField(7, node.domain)] : []),
  ]
}

function attributeFields(value: Attribute): readonly Chunks[] {
  const type = (code: number) => numberField(20, code)
  if (typeof value === 'number') return [numberField(3, value), type(2)]
  if (typeof value === 'string') return [textField(4, value), type(3)]
  if ('float' in value) return [floatField(2, value.float), type(1)]
  return [...value.map((item) => numberField(8, item)), type(7)]
}

function tensorFields(
  { name, dtype, shape, data }: Initializer,
  locations: Readonly<Record<string, string>>,
): readonly Chunks[] {
  const head = [...shape.map((size) => numberField(1, size)), numberField(2, onnxDataType[dtype]), textField(8, name)]
  if (data instanceof Uint8Array) return [...head, bytesField(9, data)]
  const place = { location: locations[data.location] ?? data.location, offset: data.offset, length: data.byteLength }
  const entries = Object.entries(place).map(([key, value]) =>
    messageField(13, textField(1, key), textField(2, String(value))),
  )
  return [...head, ...entries, numberField(14, 1)]
}

function valueFields({ name, dtype, shape }: Value): readonly Chunks[] {
  const sizes = messageField(2, ...shape.map((size) => messageField(1, numberField(1, size))))
  return [textField(1, name), messageField(2, messageField(1, numberField(1, onnxDataType[dtype]), sizes))]
}
