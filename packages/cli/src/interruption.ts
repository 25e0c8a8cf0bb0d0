/** The user pressed Ctrl-C. */
export class Interrupted extends Error {}

/**
 * A signal that is aborted by Ctrl-C (or SIGTERM), so that the work ends after its current step. A second Ctrl-C ends the
 * process at once. Call `stop` when the work is done.
 */
export function listenForInterruption(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  const interrupt = () => {
    stop()
    controller.abort(new Interrupted('interrupted'))
  }
  const stop = () => {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return { signal: controller.signal, stop }
}
