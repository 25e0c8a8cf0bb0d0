#!/usr/bin/env node
import { runCli } from './run-cli.ts'

// What reads along may end before the command does, as `head` does, and a disk may be full.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') process.stderr.write(`latentkit: standard output cannot be written: ${message}\n`)
  process.exit(1)
})
// How far the work is may have nobody to be told to, as when Ctrl-C ends `tee` first: no reason to lose the work.
process.stderr.on('error', () => undefined)

process.exitCode = await runCli(process.argv.slice(2))
