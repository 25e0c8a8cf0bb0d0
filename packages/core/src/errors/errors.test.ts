import { expect, test } from 'vitest'
import * as errors from './index.ts'
import {
  BackendError,
  CheckpointError,
  ConfigError,
  InvalidArgumentError,
  LatentkitError,
  MemoryError,
} from './index.ts'

test('errors say what, expected and what to do in one line', () => {
  expect(
    new InvalidArgumentError({ argument: 'steps', value: 0, expected: 'a whole number from 1 to 1000' }).message,
  ).toBe('steps is 0; expected a whole number from 1 to 1000.')
  expect(
    new ConfigError({ source: 'unet/config.json', key: 'act_fn', value: 'tanh', expected: 'silu', hint: 'Ask.' })
      .message,
  ).toBe('unet/config.json: "act_fn" is "tanh"; expected silu. Ask.')
  const long = new ConfigError({ source: 'config.json', key: 'act_fn', value: 'x'.repeat(3e6), expected: 'silu' })
  expect(long.message).toMatch(/^config\.json: "act_fn" is "x{76}\.\.\.; expected silu\.$/)
  const forged = JSON.parse('{"constructor":{"name":"A\\nlatentkit: all is well"}}')
  expect(new ConfigError({ source: 'c', key: 'k', value: forged, expected: 'silu' }).message).toBe(
    'c: "k" is {"constructor":{"name":"A\\nlatentkit: all is well"}}; expected silu.',
  )
  expect(new MemoryError({ what: 'The picture', neededBytes: 2 ** 33, availableBytes: 2 ** 30 }).message).toBe(
    'The picture needs about 8.0 GiB of memory; 1.0 GiB is available.',
  )
  expect(new MemoryError({ what: 'It', neededBytes: 1000 * 2 ** 20, availableBytes: 999.4 * 2 ** 20 }).message).toBe(
    'It needs about 1.0 GiB of memory; 999 MiB is available.',
  )
  expect(new CheckpointError({ file: 'a.bin', problem: 'is cut' }).message).toBe('a.bin: is cut.')
  expect(new CheckpointError({ file: 'a.bin', tensor: 'x'.repeat(200), problem: 'is cut' }).message).toBe(
    `a.bin: tensor "${'x'.repeat(200)}" is cut.`,
  )
  expect(new CheckpointError({ file: 'a.bin', tensor: 'x'.repeat(201), problem: 'is cut' }).message).toBe(
    `a.bin: tensor "${'x'.repeat(200)}…" is cut.`,
  )
})

test('a wrong value is told in a few words, whatever it is', () => {
  const told = (value: unknown) => new InvalidArgumentError({ argument: 'it', value, expected: 'more' }).message
  class Socket {
    readonly owner = this
  }
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  for (const [value, words] of [
    ['text', '"text"'],
    [{ a: [1, 2n, new Uint8Array(3)] }, '{"a":[1,"2","a Uint8Array of 3 bytes"]}'],
    [null, 'null'],
    [{ a: null }, '{"a":null}'],
    [Object.create(null), '{}'],
    [Object.create({ constructor: null }), '{}'],
    ['x'.repeat(78), `"${'x'.repeat(78)}"`],
    ['x'.repeat(79), `"${'x'.repeat(76)}...`],
    [new Uint8Array(200e6), 'a Uint8Array of 200000000 bytes'],
    [new ArrayBuffer(4), 'an ArrayBuffer of 4 bytes'],
    [Promise.resolve(1), 'a promise, which is to be awaited'],
    [new Socket(), 'a Socket'],
    [() => 1, 'a function'],
    [Array(1e7).fill(0), `[${'0,'.repeat(38)}...`],
    [{ of: Array(2e7).fill(0) }, `{"of":[${'0,'.repeat(35)}...`],
    [{ toJSON() {} }, 'an object'],
    [revoked.proxy, 'an object'],
  ] as const)
    expect(told(value)).toBe(`it is ${words}; expected more.`)
  const circular: Record<string, unknown> = {}
  circular.itself = circular
  expect(told(circular)).toBe('it is an object; expected more.')
})

test('what to do can be told apart, and put in other words', () => {
  const { message, hint } = new MemoryError({ what: 'It', neededBytes: 2, availableBytes: 1, hint: 'Wait. Or go.' })
  expect(hint).toBe('Wait. Or go.')
  expect(message.endsWith(`. ${hint}`)).toBe(true)
  expect(new MemoryError({ what: 'It', neededBytes: 2, availableBytes: 1 }).hint).toBeUndefined()
})

test('an error’s name does not depend on what a bundler makes of its class', () => {
  class a extends InvalidArgumentError {}
  expect(new a({ argument: 'steps', value: 0, expected: 'more' }).name).toBe('InvalidArgumentError')
  expect(new MemoryError({ what: 'It', neededBytes: 2, availableBytes: 1 }).name).toBe('MemoryError')
})

test('an error is recognised by its brand and code, not by its class', () => {
  const error = new BackendError({ backend: 'onnxruntime-node', problem: 'broke', cause: 'reason' })
  expect(LatentkitError.isInstance(error)).toBe(true)
  expect(LatentkitError.isInstance(error, 'backend')).toBe(true)
  expect(LatentkitError.isInstance(error, 'config')).toBe(false)
  for (const other of [new Error('other'), { code: 'backend' }, undefined, null, 'backend', 7])
    expect(LatentkitError.isInstance(other)).toBe(false)
  expect(BackendError.isInstance(error)).toBe(true)
  expect(ConfigError.isInstance(error)).toBe(false)
  expect(error).toMatchObject({ name: 'BackendError', code: 'backend', cause: 'reason' })
  // What there is not is not printed.
  expect(Object.keys(error)).not.toContain('hint')
  expect(Object.hasOwn(new BackendError({ backend: 'b', problem: 'broke' }), 'cause')).toBe(false)
})

test('every kind knows its own errors', () => {
  const { LatentkitError: _, ...others } = errors
  const kinds = Object.values(others) as unknown as (typeof LatentkitError & (new (options: object) => Error))[]
  for (const Kind of kinds) {
    const error = new Kind({}) as LatentkitError
    expect(error.code).toBe(Kind.code)
    for (const Other of kinds) expect(Other.isInstance(error)).toBe(Other === Kind)
  }
})

test('a kind that is recognised has its fields', () => {
  const error: unknown = new MemoryError({ what: 'It', neededBytes: 2, availableBytes: 1 })
  // Checked by the compiler.
  expect(MemoryError.isInstance(error) && error.neededBytes).toBe(2)
  expect(LatentkitError.isInstance(error, 'memory') && error.code).toBe('memory')
})

test('that memory ran out is told by the runtime’s words, unless it is said', () => {
  const ranOut = (problem: string, outOfMemory?: boolean) =>
    new BackendError({ backend: 'b', problem, ...(outOfMemory !== undefined && { outOfMemory }) }).outOfMemory
  expect(ranOut('std::bad_alloc')).toBe(true)
  expect(ranOut('Array buffer allocation failed')).toBe(true)
  expect(ranOut('broke')).toBe(false)
  expect(ranOut('broke', true)).toBe(true)
  expect(ranOut('Out of memory', false)).toBe(false)
})
