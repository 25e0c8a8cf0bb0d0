import type { ByteCursor } from '../byte-cursor.ts'
import { isKind, kindOf, type PickleList, type PickleValue } from './values.ts'

/** Stops the reading of a file with an error that names it. */
export type Refuse = (problem: string) => never

/** Describes what Python would get by calling a global with these arguments. Calls nothing. */
export type Construct = (args: readonly PickleValue[], refuse: Refuse) => PickleValue

/** What a pickle may name: `module.name` to the way it is described, or undefined if it may be named but not called. */
export type KnownGlobals = (name: string) => { readonly construct?: Construct | undefined } | undefined

/** Describes what a persistent id stands for. */
export type PersistentId = (id: PickleValue, refuse: Refuse) => PickleValue

/** A pickle being read: a stack machine without loops, branches or calls. */
export interface Machine {
  readonly cursor: ByteCursor
  readonly stack: PickleValue[]
  /** Heights of the stack at which marks lie. */
  readonly marks: number[]
  readonly memo: Map<number, PickleValue>
  readonly globals: KnownGlobals
  readonly persistentId: PersistentId | undefined
  readonly refuse: Refuse
  /** Bytes of text decoded so far. */
  textLength: number
  /** Pairs copied into dicts by calls so far. */
  pairsCopied: number
  done: boolean
}

/** Takes the top of the stack, never from below the last mark. */
export function pop(machine: Machine): PickleValue {
  const { stack, marks } = machine
  if (stack.length <= (marks.at(-1) ?? 0)) machine.refuse('takes a value from an empty stack')
  return stack.pop()!
}

/** The top of the stack, left there. */
export function top(machine: Machine): PickleValue {
  const value = pop(machine)
  machine.stack.push(value)
  return value
}

/** Takes everything above the last mark, and the mark. */
export function popToMark(machine: Machine): PickleValue[] {
  const mark = machine.marks.pop() ?? machine.refuse('looks for a mark that is not there')
  return machine.stack.splice(mark)
}

/** Takes a tuple off the stack. */
export function popTuple(machine: Machine): readonly PickleValue[] {
  const value = pop(machine)
  return isKind(value, 'tuple') ? value.items : machine.refuse(`has ${kindOf(value)} where a tuple is expected`)
}

/** Puts a list, tuple or set of these items on the stack. */
export function pushItems(machine: Machine, kind: PickleList['kind'], items: PickleValue[]): void {
  machine.stack.push({ kind, items })
}
