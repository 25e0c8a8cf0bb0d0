import { CheckpointError, InvalidArgumentError, type RandomAccessFile } from '@latentkit/core'
import { readPaddle } from './paddle/read-paddle.ts'
import { readSafetensors } from './safetensors/read-safetensors.ts'
import type { TensorIndex } from './tensor-index.ts'
import { readTorchLegacy } from './torch/read-torch-legacy.ts'
import { readTorchZip } from './torch/read-torch-zip.ts'

/** The formats by the bytes that their files begin with; a dot stands for any byte. The first that fits is it. */
const formats: readonly (readonly [start: RegExp, read: (file: RandomAccessFile) => Promise<TensorIndex>])[] = [
  // A header of less than 4 GiB and the brace that it begins with: its length alone may begin like any other format.
  [/^.{8}0{8}7b/, readSafetensors],
  [/^504b0304/, readTorchZip],
  // A pickle of torch's magic number, as a number of ten bytes; from protocol 4 on the pickle's length comes first.
  [/^800[23]8a0a6cfc9c46f9206aa85019|^800[45]95.{16}8a0a6cfc9c/, readTorchLegacy],
  [/^80/, readPaddle],
  [/^.{16}7b/, readSafetensors],
]

/**
 * Reads the index of a weight file of any format. The format is told from the file's first bytes, not from its name.
 * @throws CheckpointError if the bytes break the format, or are of none that is known; InvalidArgumentError for what is no file.
 */
export async function readCheckpoint(file: RandomAccessFile): Promise<TensorIndex> {
  assertFile(file)
  const start = Array.from(await file.read(0, Math.min(16, file.size)), (byte) => byte.toString(16).padStart(2, '0'))
  const format = formats.find(([pattern]) => pattern.test(start.join('')))
  if (format !== undefined) return format[1](file)
  const isPointer = start.join('').startsWith('76657273696f6e20')
  throw new CheckpointError({
    file: file.name,
    problem: `is of no known format: it begins with ${start.join(' ') || 'nothing'}`,
    hint: isPointer
      ? 'It is the pointer that git keeps for a large file: run "git lfs pull".'
      : 'Expected safetensors, a file of torch.save, or one of paddle.save.',
  })
}

function assertFile(file: Partial<RandomAccessFile> | undefined): void {
  if (typeof file?.name === 'string' && typeof file.size === 'number' && typeof file.read === 'function') return
  throw new InvalidArgumentError({
    argument: 'file',
    value: file,
    expected: 'an object with name, size and read(offset, length)',
    hint: 'Open one with openDiskFile(path) of @latentkit/backend-node, or make one with memoryFile(name, bytes) of @latentkit/core.',
  })
}
