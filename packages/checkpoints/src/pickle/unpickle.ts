import { CheckpointError, type RandomAccessFile } from '@latentkit/core'
import { createByteCursor } from '../byte-cursor.ts'
import { containerOpcodes } from './container-opcodes.ts'
import { literalOpcodes, type Operation } from './literal-opcodes.ts'
import { type KnownGlobals, type Machine, type PersistentId, pop } from './machine.ts'
import { objectOpcodes } from './object-opcodes.ts'
import type { PickleValue } from './values.ts'

/** Most opcodes in one pickle, each of which makes at most one small object, calls for dicts apart. A tensor takes about 30, so that real files stay far below. */
const defaultMostOpcodes = 300_000
/** Longest opcode with what follows it, unless it says its own length. */
const longestOpcode = 9

const opcodes: ReadonlyMap<number, Operation> = new Map(
  [...literalOpcodes, ...containerOpcodes, ...objectOpcodes].map(([code, , run]) => [code, run]),
)

/** What the reader of a file format lets its pickles name. */
export interface UnpickleOptions {
  readonly globals: KnownGlobals
  readonly persistentId?: PersistentId | undefined
  /** Most opcodes that are read. Default 300,000. */
  readonly mostOpcodes?: number | undefined
}

/**
 * Reads a pickle of protocol 2 to 5 as a description of what it would build, without building it: nothing is imported or called.
 * Opcodes and globals that weights do not need are refused by name, the number of opcodes and the text kept in memory are bounded,
 * long texts and byte strings are left in the file.
 * @returns The value, and where the pickle ends.
 * @throws CheckpointError if the pickle is broken or asks for more than that.
 */
export async function unpickle(
  file: RandomAccessFile,
  start: number,
  { globals, persistentId, mostOpcodes = defaultMostOpcodes }: UnpickleOptions,
): Promise<{ readonly value: PickleValue; readonly end: number }> {
  const cursor = createByteCursor(file, start)
  const refuse = (problem: string): never => {
    throw new CheckpointError({
      file: file.name,
      problem: `holds a pickle that ${problem}`,
      hint: 'Nothing of it was run. Use a safetensors version of the checkpoint if there is one.',
    })
  }
  const machine: Machine = {
    cursor,
    stack: [],
    marks: [],
    memo: new Map(),
    globals,
    persistentId,
    refuse,
    textLength: 0,
    pairsCopied: 0,
    done: false,
  }
  await cursor.ensure(2)
  const [code, protocol] = [cursor.uint8(), cursor.uint8()]
  if (code !== 0x80) refuse('does not say its protocol: only protocols 2 to 5 are read')
  if (protocol < 2 || protocol > 5) refuse(`is of protocol ${protocol}: only 2 to 5 are read`)

  for (let count = 0; !machine.done; count++) {
    if (count >= mostOpcodes) refuse(`has more than ${mostOpcodes} opcodes`)
    const notReady = cursor.ensure(longestOpcode)
    if (notReady) await notReady
    const opcode = cursor.uint8()
    const run = opcodes.get(opcode) ?? refuse(`uses opcode 0x${opcode.toString(16)}, which no weights need`)
    const unfinished = run(machine)
    if (unfinished) await unfinished
  }
  const value = pop(machine)
  if (machine.stack.length > 0 || machine.marks.length > 0) refuse('leaves more than one value')
  return { value, end: cursor.position }
}
