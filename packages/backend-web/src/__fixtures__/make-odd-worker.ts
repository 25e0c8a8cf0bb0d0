/** The real worker, in surroundings that its name makes odd; see `odd-conditions.ts`. */
export function makeOddWorker(name: string, workers: Worker[] = []): Worker {
  const worker = new Worker(new URL('./odd-worker.ts', import.meta.url), { type: 'module', name })
  workers.push(worker)
  return worker
}
