import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** The built command. */
export const program: string = join(import.meta.dirname, '../dist/main.js')

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Sees what was said on standard error so far. */
  readonly onOutput?: ((stderr: string, kill: (signal: NodeJS.Signals) => void) => void) | undefined
}

/** Runs the built command to its end. */
export function runLatentkit(args: readonly string[], { cwd, env, onOutput }: RunOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...env } })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (text) => {
      stdout += text
    })
    child.stderr.on('data', (text) => {
      stderr += text
      onOutput?.(stderr, (signal) => child.kill(signal))
    })
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
