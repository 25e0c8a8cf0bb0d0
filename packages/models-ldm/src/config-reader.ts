import { ConfigError } from '@latentkit/core'

/**
 * Levels of a network that are taken. Each further one halves the sides, which must be multiples of 32768 for 16 of them. Real
 * models have up to seven.
 */
const mostLevels = 16

/** A parsed `config.json`. */
export type ConfigJson = Readonly<Record<string, unknown>>

/** Reads the keys of one configuration, checks each value, and remembers which keys were asked for. */
export interface ConfigReader {
  /** A whole number of at least `minimum` (default 1). */
  integer(key: string, fallback: number, minimum?: number): number
  /** The same, where `null` or a missing key means "not set". */
  optionalInteger(key: string): number | undefined
  number(key: string, fallback: number): number
  /** The same, where `null` or a missing key means "not set". */
  optionalNumber(key: string): number | undefined
  /** A list of `count` numbers, where `null` or a missing key means "not set". */
  optionalNumbers(key: string, count: number): readonly number[] | undefined
  flag(key: string, fallback: boolean): boolean
  /** One of the given words (or null, if that is among them). */
  choice<T extends string | null>(key: string, choices: readonly T[], fallback: T): T
  /** A list of whole numbers above 0, one for each level. */
  integers(key: string, fallback: readonly number[]): readonly number[]
  /** A list of the given words, one for each level. */
  choices<T extends string>(key: string, choices: readonly T[], fallback: readonly T[]): readonly T[]
  /** Keys that are known and have no effect here. */
  ignore(...keys: readonly string[]): void
  /** The error for a value (of itself the file's) that is well-formed but does not go with the others. */
  refuse(key: string, expected: string, value?: unknown): ConfigError
  /** Keys that nobody asked for, for a warning; names beginning with `_` are notes, not options. */
  unknownKeys(): readonly string[]
}

/** @param source what to call the configuration in errors, such as `unet/config.json` */
export function createConfigReader(source: string, config: ConfigJson): ConfigReader {
  const asked = new Set<string>()

  function read<T>(key: string, fallback: T, expected: string, fits: (value: unknown) => boolean): T {
    asked.add(key)
    const value = config[key]
    if (value === undefined) return fallback
    if (!fits(value)) throw refuse(key, expected)
    return value as T
  }
  function refuse(key: string, expected: string, value: unknown = config[key] ?? null): ConfigError {
    return new ConfigError({ source, key, value, expected })
  }
  const isInteger = (minimum: number) => (value: unknown) => Number.isSafeInteger(value) && (value as number) >= minimum

  return {
    integer: (key, fallback, minimum = 1) =>
      read(key, fallback, `a whole number of at least ${minimum}`, isInteger(minimum)),
    optionalInteger: (key) =>
      read<number | null>(
        key,
        null,
        'a whole number above 0, or null',
        (value) => value === null || isInteger(1)(value),
      ) ?? undefined,
    number: (key, fallback) => read(key, fallback, 'a number', Number.isFinite),
    optionalNumber: (key) =>
      read<number | null>(key, null, 'a number, or null', (value) => value === null || Number.isFinite(value)) ??
      undefined,
    optionalNumbers: (key, count) =>
      read<readonly number[] | null>(
        key,
        null,
        `a list of ${count} numbers, or null`,
        (value) => value === null || (Array.isArray(value) && value.length === count && value.every(Number.isFinite)),
      ) ?? undefined,
    flag: (key, fallback) => read(key, fallback, 'true or false', (value) => typeof value === 'boolean'),
    choice: (key, choices, fallback) =>
      read(key, fallback, `one of ${list(choices)}`, (value) => choices.includes(value as never)),
    integers: (key, fallback) =>
      read(
        key,
        fallback,
        `a list of at most ${mostLevels} whole numbers above 0`,
        (value) => isList(value) && value.every(isInteger(1)),
      ),
    choices: (key, choices, fallback) =>
      read(
        key,
        fallback,
        `a list of at most ${mostLevels} of ${list(choices)}`,
        (value) => isList(value) && value.every((item) => choices.includes(item as never)),
      ),
    ignore(...keys) {
      for (const key of keys) asked.add(key)
    },
    refuse,
    unknownKeys: () => Object.keys(config).filter((key) => !key.startsWith('_') && !asked.has(key)),
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0 && value.length <= mostLevels
}

function list(choices: readonly (string | null)[]): string {
  return choices.map((choice) => JSON.stringify(choice)).join(', ')
}
