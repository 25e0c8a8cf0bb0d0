const brand = Symbol.for('latentkit.error')

/**
 * What every error thrown on purpose by a Latentkit package is.
 *
 * `code` is stable and safe to switch on; `message` names the thing, what was expected and what to do, in one line. What to
 * do is its end, `hint`, too: a program that knows better what its users can do puts its own advice there.
 * `isInstance` works across package copies and realms, where `instanceof` does not.
 */
export class LatentkitError extends Error {
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

  /** True for any error of Latentkit; with `code`, only for those with that code. */
  static isInstance(error: unknown, code?: string): error is LatentkitError {
    if (typeof error !== 'object' || error === null || !(brand in error)) return false
    return code === undefined || (error as unknown as LatentkitError).code === code
  }
}
