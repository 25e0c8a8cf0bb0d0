/** The user pressed Ctrl-C. */
export class Interrupted extends Error {
  /** Says what that left behind, which may be more than there was when the keys were pressed. */
  readonly outcome: () => string

  constructor(outcome: () => string) {
    super('stopped')
    this.outcome = outcome
  }
}

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
    controller.abort(new Interrupted(outcome))
  }
  const stop = () => {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return { signal: controller.signal, stop }
}
