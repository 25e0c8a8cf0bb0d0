import { CheckpointError } from '@latentkit/core'
import type { HeaderTensor } from './parse-header.ts'

/**
 * Checks that the tensors cover the data from the first to the last byte without holes or overlaps.
 * @throws CheckpointError that names the tensor that does not follow on the one before.
 */
export function checkCoverage(tensors: readonly HeaderTensor[], dataLength: number, file: string): void {
  let covered = 0
  for (const { name, begin, end } of [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const what = begin < covered ? 'overlaps the tensor before' : 'leaves a hole before it'
      throw new CheckpointError({ file, tensor: name, problem: `${what}: it begins at ${begin}, expected ${covered}` })
    }
    covered = end
  }
  if (covered !== dataLength) {
    const problem = `holds ${dataLength} bytes of data, its header lists ${covered}`
    const hint =
      covered > dataLength ? 'The file is cut short: fetch it again.' : 'Bytes after the tensors are not allowed.'
    throw new CheckpointError({ file, problem, hint })
  }
}
