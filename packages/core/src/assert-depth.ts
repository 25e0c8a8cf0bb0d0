import { InvalidArgumentError } from './errors/index.ts'

/** @throws InvalidArgumentError unless samples can have so many bits. */
export function assertDepth(depth: number): void {
  if (depth === 8 || depth === 16) return
  throw new InvalidArgumentError({ argument: 'depth', value: depth, expected: '8 or 16, the bits of a sample' })
}
