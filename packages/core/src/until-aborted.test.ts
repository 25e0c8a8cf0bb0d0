import { expect, test } from 'vitest'
import { untilAborted } from './until-aborted.ts'

const never = new Promise<never>(() => {})

test('a promise is waited for until the signal ends that', async () => {
  const { signal } = new AbortController()
  expect(await untilAborted(Promise.resolve(7), undefined)).toBe(7)
  expect(await untilAborted(Promise.resolve(7), signal)).toBe(7)
  await expect(untilAborted(Promise.reject(new Error('its own')), signal)).rejects.toThrow('its own')
  await expect(untilAborted(never, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
  const later = new AbortController()
  const waiting = untilAborted(never, later.signal)
  later.abort(new Error('meanwhile'))
  await expect(waiting).rejects.toThrow('meanwhile')
})

test('a signal that lives on is left alone afterwards', async () => {
  const { signal } = new AbortController()
  const listening = new Set<unknown>()
  signal.addEventListener = (_: string, listener: unknown) => void listening.add(listener)
  signal.removeEventListener = (_: string, listener: unknown) => void listening.delete(listener)
  const waiting = untilAborted(Promise.resolve(), signal)
  expect(listening.size).toBe(1)
  await waiting
  await new Promise((resolve) => setImmediate(resolve))
  expect(listening.size).toBe(0)
})
