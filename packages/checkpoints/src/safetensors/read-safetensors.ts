import { CheckpointError, type RandomAccessFile } from '@latentkit/core'
import { tensorEntry } from '../tensor-entry.ts'
import type { TensorIndex } from '../tensor-index.ts'
import { checkCoverage } from './check-coverage.ts'
import { parseHeader } from './parse-header.ts'

/**
 * Largest header read, in bytes: 30,000 tensors. The reference implementation reads up to 100 MB, which as JavaScript
 * objects would take a gigabyte; files of diffusion models have less than half a megabyte.
 */
const maximumHeader = 4_000_000

/**
 * Reads the index of a safetensors file: its header only. As strict as the format's specification and its reference implementation.
 * Metadata `format: pd` says that Paddle wrote the file: its Linear weights are `[input, output]`.
 * @throws CheckpointError that names the file, the tensor, and what was expected.
 */
export async function readSafetensors(file: RandomAccessFile): Promise<TensorIndex> {
  const headerLength = await readHeaderLength(file)
  const dataStart = 8 + headerLength
  const { metadata, tensors } = parseHeader(decode(await file.read(8, headerLength), file.name), file.name)
  checkCoverage(tensors, file.size - dataStart, file.name)
  const entries = tensors.map(({ name, dtype, shape, begin }) =>
    tensorEntry({ name, dtype, shape, file, offset: dataStart + begin }),
  )
  return Object.freeze({
    name: file.name,
    format: 'safetensors',
    linearLayout: metadata.format === 'pd' ? 'input-output' : 'output-input',
    metadata,
    tensors: new Map(entries.map((entry) => [entry.name, entry])),
  })
}

async function readHeaderLength(file: RandomAccessFile): Promise<number> {
  const refuse = (problem: string): never => {
    throw new CheckpointError({ file: file.name, problem: `is no safetensors file: ${problem}` })
  }
  if (file.size < 8) refuse(`it has ${file.size} bytes, a header needs at least 8`)
  const bytes = await file.read(0, 8)
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (length > maximumHeader) refuse(`its header would have ${length} bytes, at most ${maximumHeader} are allowed`)
  if (length > file.size - 8) refuse(`its header would have ${length} bytes, the file has ${file.size - 8} after it`)
  return Number(length)
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new CheckpointError({ file, problem: 'has a header that is not UTF-8', cause })
  }
}
