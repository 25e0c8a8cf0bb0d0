import type { Operation } from './literal-opcodes.ts'
import { type Machine, pop, popTuple, top } from './machine.ts'
import { setState } from './set-state.ts'
import { isKind, kindOf, type PickleValue } from './values.ts'

/** Longest name of a module or of something in it, in bytes. */
const longestName = 256
/** Most pairs that calls may copy into dicts: one list of them may be used for many. */
const mostPairsCopied = 300_000

const remember =
  (indexOf: (machine: Machine) => number): Operation =>
  (machine) => {
    machine.memo.set(indexOf(machine), top(machine))
  }

const recall =
  (indexOf: (machine: Machine) => number): Operation =>
  (machine) => {
    const index = indexOf(machine)
    const value = machine.memo.get(index)
    if (value === undefined) return machine.refuse(`recalls value ${index}, which it never remembered`)
    machine.stack.push(value)
  }

/** Reads the names of a module and of something in it, one a line. */
const globalLines: Operation = async (machine) => {
  await machine.cursor.ensure(2 * longestName + 2)
  const module = takeLine(machine)
  pushGlobal(machine, module, takeLine(machine))
}

function takeLine({ cursor, refuse }: Machine): string {
  let line = ''
  for (;;) {
    const byte = cursor.uint8()
    if (byte === 0x0a) return line
    line += String.fromCharCode(byte)
    if (line.length > longestName) refuse('names something of more than 256 letters')
  }
}

const stackGlobal: Operation = (machine) => {
  const name = pop(machine)
  const module = pop(machine)
  if (typeof module !== 'string' || typeof name !== 'string') {
    return machine.refuse(`names a global by ${kindOf(module)} and ${kindOf(name)}, expected two texts`)
  }
  pushGlobal(machine, module, name)
}

/** The one gate: whatever is not in the table of known globals ends the reading. */
function pushGlobal(machine: Machine, module: string, name: string): void {
  const full = `${module}.${name}`
  if (machine.globals(full) === undefined) machine.refuse(`names ${JSON.stringify(full)}, which no weights need`)
  machine.stack.push({ kind: 'global', name: full })
}

/** Describes the result of a call; the table says how. */
const call: Operation = (machine) => {
  const args = popTuple(machine)
  const callee = pop(machine)
  if (!isKind(callee, 'global')) return machine.refuse(`calls ${kindOf(callee)}, expected a known global`)
  const construct = machine.globals(callee.name)?.construct
  if (construct === undefined) return machine.refuse(`calls ${JSON.stringify(callee.name)}, which no weights need`)
  const made = construct(args, machine.refuse)
  if (isKind(made, 'dict')) machine.pairsCopied += made.pairs.length
  if (machine.pairsCopied > mostPairsCopied) machine.refuse(`copies more than ${mostPairsCopied} pairs into dicts`)
  machine.stack.push(made)
}

const build: Operation = (machine) => {
  const state = pop(machine)
  setState(top(machine), state, machine.refuse)
}

const persistentId: Operation = (machine) => {
  const id: PickleValue = pop(machine)
  if (machine.persistentId === undefined) return machine.refuse('has persistent ids, which only torch files have')
  machine.stack.push(machine.persistentId(id, machine.refuse))
}

/** Opcodes of the memo, of globals and of what is made with them, and those that frame a pickle. */
export const objectOpcodes: readonly (readonly [code: number, name: string, run: Operation])[] = [
  [0x71, 'BINPUT', remember(({ cursor }) => cursor.uint8())],
  [0x72, 'LONG_BINPUT', remember(({ cursor }) => cursor.uint32())],
  [0x94, 'MEMOIZE', remember(({ memo }) => memo.size)],
  [0x68, 'BINGET', recall(({ cursor }) => cursor.uint8())],
  [0x6a, 'LONG_BINGET', recall(({ cursor }) => cursor.uint32())],
  [0x63, 'GLOBAL', globalLines],
  [0x93, 'STACK_GLOBAL', stackGlobal],
  [0x52, 'REDUCE', call],
  [0x81, 'NEWOBJ', call],
  [0x62, 'BUILD', build],
  [0x51, 'BINPERSID', persistentId],
  // How much follows in one piece is of use only to a reader that streams.
  [0x95, 'FRAME', ({ cursor }) => void cursor.uint64()],
  [
    0x2e,
    'STOP',
    (machine) => {
      machine.done = true
    },
  ],
]
