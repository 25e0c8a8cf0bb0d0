const brand = Symbol.for('latentkit.error')

/** A class of errors: what it makes, and the code that tells it. */
interface KindOfError<Kind> {
  readonly prototype: Kind
  readonly code: string | undefined
}

/**
 * What every error thrown on purpose by a Latentkit package is.
 *
 * `code` is stable and safe to switch on; `message` names the thing, what was expected and what to do, in one line. What to
 * do is its end, `hint`, too: a program that knows better what its users can do puts its own advice there.
 * `isInstance` works across package copies and realms, where `instanceof` does not; that of a kind, such as
 * `PictureError.isInstance(error)`, is true for that kind only.
 */
export class LatentkitError extends Error {
  /** The code of a kind's errors; `LatentkitError` itself, which is all kinds, has none. */
  static readonly code: string | undefined = undefined

  readonly code: string
  /** What to do, where there is something; one or more sentences. */
  declare readonly hint?: string

  /** @param problem What is wrong, in whole sentences. */
  constructor(
    code: string,
    problem: string,
    { hint, cause }: { readonly hint?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(hint === undefined ? problem : `${problem} ${hint}`, cause === undefined ? undefined : { cause })
    // Not the class's own name, which bundlers shorten: invalid_argument → InvalidArgumentError.
    this.name = `${code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Error`
    this.code = code
    // Where there is none, none is printed.
    if (hint !== undefined) this.hint = hint
    Object.defineProperty(this, brand, { value: true })
  }

  /** True for errors of the kind it is called on: for any error of Latentkit, of which `code` says a kind, too. */
  static isInstance<Kind extends LatentkitError>(
    this: KindOfError<Kind>,
    error: unknown,
    // biome-ignore lint/complexity/noThisInStatic: the kind that it is called on is meant, which another class inherits.
    code: string | undefined = this.code,
  ): error is Kind {
    if (typeof error !== 'object' || error === null || !(brand in error)) return false
    return code === undefined || (error as unknown as LatentkitError).code === code
  }
}
