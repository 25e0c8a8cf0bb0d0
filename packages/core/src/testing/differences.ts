/** The largest absolute difference of two lists of the same length; infinite if a value is not a number in one of them only. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    const difference = Object.is(a[i], b[i]) ? 0 : Math.abs(a[i]! - b[i]!)
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
  }
  return largest
}

/** The largest difference as a share of the largest absolute value of `expected`. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let scale = 0
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!))
  return largestDifference(actual, expected) / (scale || 1)
}
