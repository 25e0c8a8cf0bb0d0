/**
 * Hears of threads that the browser refuses to start, such as for a script that the server gives with a wrong type. The
 * runtime listens to its threads only later and would wait for them for ever.
 * @param scope Where the runtime makes its threads with `new Worker`.
 * @param onRefused Is told the address of the script.
 */
export function watchThreads(scope: { Worker: typeof Worker }, onRefused: (script: string) => void): void {
  scope.Worker = class extends scope.Worker {
    constructor(script: string | URL, options?: WorkerOptions) {
      super(script, options)
      let runs = false
      this.addEventListener('message', () => {
        runs = true
      })
      this.addEventListener('error', () => {
        if (!runs) onRefused(String(script))
      })
    }
  }
}
