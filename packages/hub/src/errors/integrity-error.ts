import { LatentkitError } from '@latentkit/core'

/** What a server sent is not the file it promised; nothing of it was kept. Code `integrity`. */
export class IntegrityError extends LatentkitError {
  static override readonly code = 'integrity'
  readonly file: string
  readonly expected: string
  readonly received: string

  constructor(options: { file: string; what: string; expected: string; received: string; hint?: string }) {
    const { file, what, expected, received } = options
    const { hint = 'It was removed. Try again, or another endpoint.' } = options
    super(new.target.code, `${file}: ${what} is ${received}; expected ${expected}.`, { hint })
    this.file = file
    this.expected = expected
    this.received = received
  }
}
