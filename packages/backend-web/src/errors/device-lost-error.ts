import { LatentkitError } from '@latentkit/core'

/**
 * The graphics device went away during the call: a driver reset, a sleeping laptop, too much memory asked for. The next
 * call of the same session asks for a new device and loads the model again. Code `device_lost`.
 */
export class DeviceLostError extends LatentkitError {
  static override readonly code = 'device_lost'
  /** The browser's own words; may be empty. */
  readonly reason: string
  readonly backend: string
  /** True if the browser says so: the same work in smaller parts may do. */
  readonly outOfMemory: boolean

  constructor(backend: string, reason: string) {
    super(new.target.code, `The graphics device was lost${reason ? ` (${reason.trim().replace(/\.$/, '')})` : ''}.`, {
      hint: 'Try again; if it happens often, reduce the picture or use the device "wasm".',
    })
    this.reason = reason
    this.backend = backend
    this.outOfMemory = /memory/i.test(reason)
  }
}
