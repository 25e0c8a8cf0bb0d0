import type { Value } from './graph.ts'
import { GraphError } from './graph-error.ts'

/**
 * Runtimes refuse operands of different element types in words that help nobody.
 * @throws GraphError naming the first two that differ, unless all have one element type. Missing operands are passed over.
 */
export function assertSameType(operator: string, first: Value, ...others: readonly (Value | undefined)[]): void {
  const other = others.find((value) => value && value.dtype !== first.dtype)
  if (!other) return
  const types = `"${first.name}" is ${first.dtype}, "${other.name}" is ${other.dtype}`
  throw new GraphError(operator, `element types differ: ${types}; use cast to give both the same`)
}
