import { LatentkitError } from '@latentkit/core'

/**
 * The graphics device went away during the call: a driver reset, a sleeping laptop, too much memory asked for. The next
 * call of the same session asks for a new device and loads the model again. Code `device_lost`.
 */
export class DeviceLostError extends LatentkitError {
  /** The browser's own words; may be empty. */
  readonly reason: string

  constructor(reason: string) {
    super(
      'device_lost',
      `The graphics device was lost${reason ? ` (${reason.trim().replace(/\.$/, '')})` : ''}. Try again; if it happens often, reduce the picture or use the device "wasm".`,
    )
    this.reason = reason
  }
}
