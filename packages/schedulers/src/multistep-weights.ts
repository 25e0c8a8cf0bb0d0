/** Adams–Bashforth weights for equal steps, newest first, by order. */
const equalSteps: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
]

/** Weights of the latest `order` slopes (1 to 4) that stand for the mean slope of the next step; newest first. */
export function adamsBashforth(order: number): readonly number[] {
  return equalSteps[order - 1]!
}

/**
 * For each node j the integral of `weight(t) · ℓⱼ(t)` from `from` to `to`, ℓⱼ being the Lagrange polynomial that is 1 at
 * node j and 0 at the others: what a value at node j adds when the polynomial through all values is integrated.
 */
export function lagrangeIntegrals(
  nodes: readonly number[],
  from: number,
  to: number,
  weight: (t: number) => number = () => 1,
): number[] {
  return nodes.map((node, j) =>
    integrate(
      (t) => {
        let product = weight(t)
        for (const [k, other] of nodes.entries()) if (k !== j) product *= (t - other) / (node - other)
        return product
      },
      from,
      to,
    ),
  )
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
