import { inspect } from 'node:util'
import { LatentkitError } from '@latentkit/core'
import { Interrupted } from './interruption.ts'
import { say } from './print.ts'

/** What the process ends with. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  /** Wrong options or arguments. */
  usage: 2,
  /** Ended by Ctrl-C, as shells expect. */
  interrupted: 130,
} as const

/** Names in one message. */
const listed = 10

/** Some of several pictures failed; why was told when each did. Code `some_failed`. */
export class SomeFailedError extends LatentkitError {
  constructor(failed: readonly string[], all: number) {
    const others = failed.length - listed
    const more = others > 0 ? `, … and ${others.toLocaleString('en')} more` : ''
    super('some_failed', `${failed.length} of ${all} pictures failed: ${failed.slice(0, listed).join(', ')}${more}.`)
  }
}

/** Prints an error in one line (with its origin if asked) and tells the exit code. */
export function reportError(error: unknown, debug: boolean): number {
  if (error instanceof Interrupted) {
    say(`latentkit: stopped; ${error.outcome()}.`)
    return exitCodes.interrupted
  }
  say(`latentkit: ${describeError(error)}`)
  if (debug) for (const line of inspect(error).split('\n')) say(line)
  return LatentkitError.isInstance(error, 'invalid_argument') ? exitCodes.usage : exitCodes.failure
}

/** An error in one line. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return LatentkitError.isInstance(error) ? withFlags(message) : `unexpected error: ${message} (--debug shows where)`
}

/** Options of the library that the command line has, too, under the same name in other letters. */
const options =
  /^(steps|eta|seed|scheduler|colour|backProjection|tile|memory|convolutions|precision|maxPixels|scale|width|height|megapixels|revision|endpoint) is /

/** Names options as the command line does. */
function withFlags(message: string): string {
  const flag = (name: string) => `--${name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`
  return (
    message
      .replace(options, (_, name: string) => `${flag(name)} is `)
      .replace(/(?<!-)\b(maxPixels|allowTruncated|backProjection)\b/g, flag)
      // A word of everyday language is an option only where the message says so.
      .replace('the option "memory"', 'the option --memory')
  )
}
