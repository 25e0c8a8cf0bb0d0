import { type Machine, pushItems } from './machine.ts'
import type { PickleSpan, PickleValue } from './values.ts'

/** Longest text in bytes that is read; longer ones can be no names and stay in the file. */
const longestText = 4096
/** Longest whole number in bytes: seeds and states of generators are far shorter. */
const longestNumber = 32
/** Most bytes of text read from one pickle. */
const mostText = 64 * 2 ** 20

/** What an opcode does; a promise if it has to wait for bytes. */
export type Operation = (machine: Machine) => void | Promise<void>

const literal =
  (read: (machine: Machine) => PickleValue): Operation =>
  (machine) => {
    machine.stack.push(read(machine))
  }

type LengthOf = (machine: Machine) => number
const length8: LengthOf = ({ cursor }) => cursor.uint8()
const length32: LengthOf = ({ cursor }) => cursor.uint32()
const length64: LengthOf = ({ cursor }) => cursor.uint64()

/** Leaves the next bytes in the file. */
function span(machine: Machine, kind: PickleSpan['kind'], length: number): PickleSpan {
  const offset = machine.cursor.position
  machine.cursor.skip(length)
  return { kind, offset, length }
}

const bytes = (lengthOf: LengthOf): Operation => literal((machine) => span(machine, 'bytes', lengthOf(machine)))

const text =
  (lengthOf: LengthOf, encoding: 'utf-8' | 'latin1'): Operation =>
  (machine) => {
    const { cursor, stack, refuse } = machine
    const length = lengthOf(machine)
    if (length > longestText) {
      stack.push(span(machine, encoding === 'utf-8' ? 'text' : 'bytes', length))
      return
    }
    machine.textLength += length
    if (machine.textLength > mostText) refuse(`holds more than ${mostText} bytes of text`)
    return whenReady(machine, length, (encoded) => {
      stack.push(decode(encoded, encoding) ?? refuse(`holds a text at ${cursor.position} that is not UTF-8`))
    })
  }

/** Goes on with the next bytes: at once where they are there already, as nearly always. */
function whenReady({ cursor }: Machine, length: number, run: (bytes: Uint8Array) => void): void | Promise<void> {
  const unfinished = cursor.ensure(length)
  return unfinished ? unfinished.then(() => run(cursor.take(length))) : run(cursor.take(length))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(encoded: Uint8Array, encoding: 'utf-8' | 'latin1'): string | undefined {
  if (encoding === 'latin1') return String.fromCharCode(...encoded)
  try {
    return utf8.decode(encoded)
  } catch {
    return undefined
  }
}

const hexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A whole number of any size, least byte first, two's complement. */
const wholeNumber =
  (lengthOf: LengthOf): Operation =>
  (machine) => {
    const length = lengthOf(machine)
    if (length > longestNumber) machine.refuse(`holds a number of ${length} bytes`)
    return whenReady(machine, length, (bytes) => {
      let digits = '0x0'
      for (let i = length - 1; i >= 0; i--) digits += hexadecimal[bytes[i]!]
      const value = BigInt.asIntN(length * 8, BigInt(digits))
      machine.stack.push(Number.isSafeInteger(Number(value)) ? Number(value) : value)
    })
  }

/** Opcodes that put one value on the stack: constants, numbers, texts, bytes and empty containers. */
export const literalOpcodes: readonly (readonly [code: number, name: string, run: Operation])[] = [
  [0x4e, 'NONE', literal(() => null)],
  [0x88, 'NEWTRUE', literal(() => true)],
  [0x89, 'NEWFALSE', literal(() => false)],
  [0x4b, 'BININT1', literal(({ cursor }) => cursor.uint8())],
  [0x4d, 'BININT2', literal(({ cursor }) => cursor.uint16())],
  [0x4a, 'BININT', literal(({ cursor }) => cursor.int32())],
  [0x8a, 'LONG1', wholeNumber(length8)],
  [0x8b, 'LONG4', wholeNumber(length32)],
  [0x47, 'BINFLOAT', literal(({ cursor }) => cursor.float64())],
  [0x8c, 'SHORT_BINUNICODE', text(length8, 'utf-8')],
  [0x58, 'BINUNICODE', text(length32, 'utf-8')],
  [0x8d, 'BINUNICODE8', text(length64, 'utf-8')],
  // The strings of Python 2 are bytes; names in them are ASCII.
  [0x55, 'SHORT_BINSTRING', text(length8, 'latin1')],
  [0x54, 'BINSTRING', text(length32, 'latin1')],
  [0x43, 'SHORT_BINBYTES', bytes(length8)],
  [0x42, 'BINBYTES', bytes(length32)],
  [0x8e, 'BINBYTES8', bytes(length64)],
  [0x96, 'BYTEARRAY8', bytes(length64)],
  [0x5d, 'EMPTY_LIST', (machine) => pushItems(machine, 'list', [])],
  [0x29, 'EMPTY_TUPLE', (machine) => pushItems(machine, 'tuple', [])],
  [0x8f, 'EMPTY_SET', (machine) => pushItems(machine, 'set', [])],
  [0x7d, 'EMPTY_DICT', literal(() => ({ kind: 'dict', pairs: [] }))],
]
