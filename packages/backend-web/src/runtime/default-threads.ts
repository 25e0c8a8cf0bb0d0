/**
 * Threads of the WASM runtime for so many cores, such as `navigator.hardwareConcurrency` says. Beyond four, half of the cores
 * are often no cores of their own. On two, a second thread was measured to pay but for tiny pictures, and to cost little where
 * another program keeps a core busy (`bench/results/browser.md`).
 */
export function defaultThreads(cores: number): number {
  return cores <= 4 ? cores : Math.min(8, Math.ceil(cores / 2))
}
