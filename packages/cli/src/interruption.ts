/** The user pressed Ctrl-C; the message says what that left behind. */
export class Interrupted extends Error {}

/**
 * A signal that is aborted by Ctrl-C (or SIGTERM), so that the work ends after its current step. A second Ctrl-C ends the
 * process at once. Call `stop` when the work is done.
 * @param outcome Says what is left behind, for the message.
 */
export function listenForInterruption(outcome: () => string = () => 'nothing was written'): {
  readonly signal: AbortSignal
  stop(): void
} {
  const controller = new AbortController()
  const interrupt = () => {
    stop()
    controller.abort(new Interrupted(outcome()))
  }
  const stop = () => {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return { signal: controller.signal, stop }
}
