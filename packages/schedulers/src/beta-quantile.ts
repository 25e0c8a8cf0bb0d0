/** Quantile of the symmetric beta distribution with both parameters `a` below 1; `p` from 0 to 1. */
export function betaQuantile(p: number, a: number): number {
  if (p <= 0 || p >= 1) return p <= 0 ? 0 : 1
  if (p > 0.5) return 1 - betaQuantile(1 - p, a)
  const target = 2 * p * incompleteBeta(0.5, a)
  let low = 0
  let high = 0.5
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (incompleteBeta(middle, a) < target) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** ∫₀ˣ (t(1 − t))^(a − 1) dt by its power series, for x up to ½ (Abramowitz & Stegun 26.5.4). */
function incompleteBeta(x: number, a: number): number {
  let coefficient = 1
  let sum = 1 / a
  for (let n = 1; n < 60; n++) {
    coefficient *= ((n - a) / n) * x
    sum += coefficient / (a + n)
  }
  return x ** a * sum
}
