import type { Operation } from './literal-opcodes.ts'
import { type Machine, pop, popToMark, pushItems, top } from './machine.ts'
import { isKind, kindOf, type PickleDict, type PickleList, type PickleValue } from './values.ts'

const tuple =
  (length: number): Operation =>
  (machine) => {
    const items: PickleValue[] = []
    for (let i = 0; i < length; i++) items.unshift(pop(machine))
    pushItems(machine, 'tuple', items)
  }

const add =
  (kind: PickleList['kind'], take: (machine: Machine) => PickleValue[]): Operation =>
  (machine) => {
    const items = take(machine)
    const target = top(machine)
    if (!isKind(target, kind)) machine.refuse(`adds items to ${kindOf(target)}, expected a ${kind}`)
    for (const item of items) (target as PickleList).items.push(item)
  }

const setItems =
  (take: (machine: Machine) => PickleValue[]): Operation =>
  (machine) => {
    const items = take(machine)
    const target = top(machine)
    if (!isKind(target, 'dict')) machine.refuse(`sets keys of ${kindOf(target)}, expected a dict`)
    if (items.length % 2 !== 0) machine.refuse('sets a key of a dict without a value')
    for (let i = 0; i < items.length; i += 2) (target as PickleDict).pairs.push([items[i]!, items[i + 1]!])
  }

const one = (machine: Machine): PickleValue[] => [pop(machine)]
const two = (machine: Machine): PickleValue[] => {
  const value = pop(machine)
  return [pop(machine), value]
}

/** Opcodes that put values into lists, tuples, sets and dicts. */
export const containerOpcodes: readonly (readonly [code: number, name: string, run: Operation])[] = [
  [0x28, 'MARK', (machine) => void machine.marks.push(machine.stack.length)],
  [0x30, 'POP', (machine) => void pop(machine)],
  [0x31, 'POP_MARK', (machine) => void popToMark(machine)],
  [0x85, 'TUPLE1', tuple(1)],
  [0x86, 'TUPLE2', tuple(2)],
  [0x87, 'TUPLE3', tuple(3)],
  [0x74, 'TUPLE', (machine) => pushItems(machine, 'tuple', popToMark(machine))],
  [0x91, 'FROZENSET', (machine) => pushItems(machine, 'set', popToMark(machine))],
  [0x61, 'APPEND', add('list', one)],
  [0x65, 'APPENDS', add('list', popToMark)],
  [0x90, 'ADDITEMS', add('set', popToMark)],
  [0x73, 'SETITEM', setItems(two)],
  [0x75, 'SETITEMS', setItems(popToMark)],
]
