const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isWhole = (value: unknown, from: number): value is number => Number.isInteger(value) && (value as number) >= from
const isBeta = (value: unknown): boolean => isNumber(value) && value > 0 && value < 1

/** Kinds of option values: what is expected of each, in words, and how it is recognised. */
export const kinds = {
  flag: ['true or false', (value: unknown): value is boolean => typeof value === 'boolean'],
  text: ['a word', (value: unknown): value is string => typeof value === 'string'],
  number: ['a finite number', (value: unknown): value is number => isNumber(value)],
  bound: ['a number', (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value)],
  positive: ['a number above 0', (value: unknown): value is number => isNumber(value) && value > 0],
  share: ['a number from 0 to 1', (value: unknown): value is number => isNumber(value) && value >= 0 && value <= 1],
  count: ['a whole number from 1', (value: unknown): value is number => isWhole(value, 1)],
  offset: ['a whole number from 0', (value: unknown): value is number => isWhole(value, 0)],
  betas: [
    'a list of numbers between 0 and 1',
    (value: unknown): value is readonly number[] => isList(value, isBeta) && value.length > 0,
  ],
  stepNumbers: [
    'a list of step numbers',
    (value: unknown): value is readonly number[] => isList(value, Number.isInteger),
  ],
} as const

/** The types of values by kind. */
export type Kinds = {
  readonly [Kind in keyof typeof kinds]: (typeof kinds)[Kind][1] extends (value: unknown) => value is infer Value
    ? Value
    : never
}

function isList(value: unknown, accepts: (item: unknown) => boolean): value is readonly number[] {
  return Array.isArray(value) && value.every(accepts)
}
