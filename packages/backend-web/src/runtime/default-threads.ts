/**
 * Threads of the WASM runtime for so many cores, such as `navigator.hardwareConcurrency` says. Threads wait by spinning, so on
 * two cores a second one takes from the page and from the first: a step was measured to take 1.7 times as long for 64×64
 * pixels, and 0.9 for 128×128 (`bench/results/browser.md`). Beyond four cores half of them are often no cores of their own.
 */
export function defaultThreads(cores: number): number {
  if (cores <= 2) return 1
  return cores <= 4 ? cores : Math.min(8, Math.ceil(cores / 2))
}
