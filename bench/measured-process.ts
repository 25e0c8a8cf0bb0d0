/** What the benchmarks share that measure every size in a process of its own. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const words = process.argv.slice(2)

/** Whether `--name` is among the arguments. */
export function hasFlag(name: string): boolean {
  return words.includes(`--${name}`)
}

/** The number behind `--name=`. */
export function numberOf(name: string): number | undefined {
  const word = words.find((one) => one.startsWith(`--${name}=`))
  return word === undefined ? undefined : Number(word.split('=')[1])
}

/** Sizes among the arguments, such as `1000x600` or `256` for both sides. */
export function givenSizes(): readonly string[] {
  return words.filter((word) => /^\d/.test(word))
}

/** What a benchmark, run for one size with the same flags and `--child`, prints. */
export function measureApart(script: string, size: string): string {
  const flags = words.filter((word) => word.startsWith('--'))
  const args = ['--import', 'tsx', script, '--child', size, ...flags]
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()
}

/** Bytes that this process has, or had at most. */
export function memoryOf(what: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
}

/** Bytes in words. */
export function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
