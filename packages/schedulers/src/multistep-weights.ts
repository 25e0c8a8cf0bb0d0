/** By node, what a value there adds to the integral of `weight` times the polynomial through the values at nodes. */
export function lagrangeIntegrals(
  nodes: readonly number[],
  from: number,
  to: number,
  weight: (t: number) => number = () => 1,
): number[] {
  return nodes.map((node, j) => {
    const others = nodes.filter((_, k) => k !== j)
    return integrate(
      (t) => others.reduce((value, other) => (value * (t - other)) / (node - other), weight(t)),
      from,
      to,
    )
  })
}

/** Weights by which values at `nodes` give the mean of their polynomial from the first node to `end`. */
export function meanWeights(nodes: readonly number[], end: number): number[] {
  const [start = 0] = nodes
  return lagrangeIntegrals(nodes, start, end).map((weight) => weight / (end - start))
}

/** Nodes and weights of the eight-point Gauss–Legendre rule, the positive half. */
const gauss: readonly (readonly [node: number, weight: number])[] = [
  [0.9602898564975363, 0.1012285362903763],
  [0.7966664774136267, 0.2223810344533745],
  [0.525532409916329, 0.3137066458778873],
  [0.1834346424956498, 0.362683783378362],
]

/** Exact for polynomials up to degree 15; four pieces make exponential weights exact to double precision here. */
function integrate(f: (t: number) => number, from: number, to: number): number {
  const pieces = 4
  const half = (to - from) / pieces / 2
  let sum = 0
  for (let piece = 0; piece < pieces; piece++) {
    const middle = from + (2 * piece + 1) * half
    for (const [node, weight] of gauss) sum += weight * (f(middle + half * node) + f(middle - half * node))
  }
  return sum * half
}
