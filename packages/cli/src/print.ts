import { visible, visibleJSON } from './visible.ts'

/** Prints lines of a result on standard output. */
export function printLines(lines: readonly string[]): void {
  console.log(lines.map(visible).join('\n'))
}

/** Prints a result as JSON; whole numbers of any size become text. */
export function printJSON(result: unknown): void {
  console.log(visibleJSON(result))
}

/** Says something in one line on standard error. */
export function say(line: string): void {
  process.stderr.write(`${visible(line)}\n`)
}
