import { expect, test, vi } from 'vitest'
import { NetworkError } from '../errors/index.ts'
import { TransientFailure, withRetries } from './retry.ts'

const policy = { attempts: 3, firstDelay: 100, longestDelay: 1000 }
const failure = (retryAfter?: number) => new TransientFailure(new NetworkError({ url: 'u', problem: 'p' }), retryAfter)

async function delaysOf(retryAfter?: number, attempts = 6): Promise<number[]> {
  vi.useFakeTimers()
  const times: number[] = []
  const outcome = withRetries({ ...policy, attempts }, undefined, async () => {
    times.push(Date.now())
    throw failure(retryAfter)
  }).catch((error) => error)
  await vi.runAllTimersAsync()
  expect((await outcome).code).toBe('network')
  vi.useRealTimers()
  return times.slice(1).map((time, i) => time - times[i]!)
}

test('the pauses double, up to the longest', async () => {
  const delays = await delaysOf()
  expect(delays).toHaveLength(5)
  for (const [i, nominal] of [100, 200, 400, 800].entries()) {
    expect(delays[i]).toBeGreaterThanOrEqual(nominal * 0.75 - 1)
    expect(delays[i]).toBeLessThanOrEqual(Math.min(1000, nominal * 1.25 + 1))
  }
  expect(delays[4]).toBe(1000)
})

test('a server that asks for a longer pause gets it, within reason', async () => {
  expect((await delaysOf(700, 2))[0]).toBe(700)
  expect((await delaysOf(86_400_000, 2))[0]).toBe(1000)
})

test('a failure after progress is the first one again', async () => {
  let [tries, progress] = [0, 0]
  const operation = async () => {
    tries += 1
    if (tries <= 10) progress += 1
    throw failure()
  }
  await expect(withRetries({ ...policy, firstDelay: 0 }, undefined, operation, () => progress)).rejects.toThrow()
  expect(tries).toBe(12)
})

test('what is not transient is not tried again', async () => {
  const operation = vi.fn(async () => {
    throw new Error('for good')
  })
  await expect(withRetries(policy, undefined, operation)).rejects.toThrow('for good')
  expect(operation).toHaveBeenCalledTimes(1)
})
