import type { PartFile } from '../store/file-store.ts'
import { addRange, type ByteRange, countBytes } from './byte-ranges.ts'

/** Milliseconds between two savings: what a killed process may have to fetch again. */
const savingInterval = 1000

/** What of a part is there. */
export interface PartJournal {
  readonly ranges: readonly ByteRange[]
  /** Bytes that are there. */
  readonly bytes: number
  /** Notes a range that has been written; saves now and then. */
  add(range: ByteRange): Promise<void>
  save(): Promise<void>
}

/** Reads the journal of a part of `size` bytes; one that does not fit counts as empty. */
export function openJournal(part: PartFile, size: number): PartJournal {
  let ranges = parseRanges(part.journal, size)
  let savedAt = performance.now()
  let saving: Promise<void> = Promise.resolve()
  const save = () => {
    savedAt = performance.now()
    // One after the other, so that an older state never replaces a newer one.
    saving = saving.catch(() => undefined).then(() => part.saveJournal(JSON.stringify({ size, ranges })))
    return saving
  }
  return {
    get ranges() {
      return ranges
    },
    get bytes() {
      return countBytes(ranges)
    },
    async add(range) {
      ranges = addRange(ranges, range)
      if (performance.now() - savedAt > savingInterval) await save()
    },
    save,
  }
}

function parseRanges(text: string | undefined, size: number): readonly ByteRange[] {
  try {
    const saved = JSON.parse(text ?? '') as { readonly size: unknown; readonly ranges: readonly ByteRange[] }
    if (saved.size !== size) return []
    const isRange = ({ start, end }: ByteRange) =>
      Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start < end && end <= size
    return saved.ranges.every(isRange) ? saved.ranges.reduce<readonly ByteRange[]>(addRange, []) : []
  } catch {
    return []
  }
}
