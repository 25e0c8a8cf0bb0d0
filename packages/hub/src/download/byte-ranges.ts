/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Adds a range to others that are sorted and apart; the result is so too, neighbours joined. */
export function addRange(ranges: readonly ByteRange[], added: ByteRange): readonly ByteRange[] {
  if (added.end <= added.start) return ranges
  const before = ranges.filter((range) => range.end < added.start)
  const after = ranges.filter((range) => range.start > added.end)
  const touching = ranges.slice(before.length, ranges.length - after.length)
  const start = Math.min(added.start, ...touching.map((range) => range.start))
  const end = Math.max(added.end, ...touching.map((range) => range.end))
  return [...before, { start, end }, ...after]
}

/** What of `size` bytes the ranges leave out, in pieces of at most `longest` bytes. */
export function missingRanges(ranges: readonly ByteRange[], size: number, longest: number): ByteRange[] {
  const edges = [...ranges, { start: size, end: size }]
  let from = 0
  return edges.flatMap(({ start, end }) => {
    const pieces: ByteRange[] = []
    for (; from < start; from = Math.min(from + longest, start)) {
      pieces.push({ start: from, end: Math.min(from + longest, start) })
    }
    from = end
    return pieces
  })
}

/** What of one range others leave out. */
export function missingWithin(ranges: readonly ByteRange[], { start, end }: ByteRange): ByteRange[] {
  return missingRanges(ranges, end, Number.POSITIVE_INFINITY)
    .map((range) => ({ start: Math.max(range.start, start), end: Math.min(range.end, end) }))
    .filter((range) => range.start < range.end)
}

/** Bytes in all ranges together. */
export function countBytes(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0)
}
