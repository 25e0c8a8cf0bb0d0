/** Whole numbers from 0 and below a limit, the same ones for the same seed: for tests that try much. */
export function randomBelow(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return (limit) => {
    // Numerical Recipes' linear congruential generator; its upper bits are good enough to stir bytes.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
