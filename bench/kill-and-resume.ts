/**
 * pnpm --filter @latentkit-private/bench kill-and-resume [pictures]
 * Ends `latentkit upscale --resume` by SIGKILL at random moments, three times for each of some pictures (default 20), lets
 * the fourth run finish, and checks that its bytes are those of an undisturbed run and that nothing else is left.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const pictures = Number(process.argv[2] ?? 20)
const folder = mkdtempSync(join(tmpdir(), 'latentkit-kill-'))
const program = join(import.meta.dirname, '../packages/cli/dist/main.js')
const picture = join(import.meta.dirname, '../docs/coffee-small.png')
const command = (output: string, ...options: string[]) => [program, 'upscale', picture, '-o', output, ...options]

try {
  const whole = join(folder, 'whole.png')
  const begin = performance.now()
  execFileSync(process.execPath, command(whole), { stdio: 'ignore' })
  const duration = performance.now() - begin
  const expected = readFileSync(whole)
  rmSync(whole)

  let kills = 0
  for (let index = 0; index < pictures; index++) {
    const output = join(folder, 'large.png')
    for (let time = 0; time < 3; time++) {
      if (await killed(command(output, '--resume'), Math.random() * duration)) kills++
    }
    execFileSync(process.execPath, command(output, '--resume'), { stdio: 'ignore' })
    const left = readdirSync(folder)
    if (!readFileSync(output).equals(expected)) throw new Error(`picture ${index + 1} came out differently`)
    if (left.length !== 1) throw new Error(`picture ${index + 1} left ${left.join(', ')}`)
    rmSync(output)
  }
  console.log(`${pictures} pictures, ${kills} kills: every one the same bytes, nothing left behind.`)
} finally {
  rmSync(folder, { recursive: true })
}

/** Starts a run and kills it after some milliseconds; false if it had ended by then. */
function killed(args: readonly string[], after: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), after)
    child.on('close', (_, signal) => {
      clearTimeout(timer)
      resolve(signal === 'SIGKILL')
    })
  })
}
