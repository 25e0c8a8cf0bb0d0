/**
 * Undoes, in place, what a PNG did to a row before it was compressed (PNG specification, 9.2).
 * @param above the row above, unfiltered; zeros for the first one
 * @throws Error if there is no such filter.
 */
export function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array, bytesPerPixel: number): void {
  const { length } = row
  if (filter === 1) {
    for (let i = bytesPerPixel; i < length; i++) row[i]! += row[i - bytesPerPixel]!
  } else if (filter === 2) {
    for (let i = 0; i < length; i++) row[i]! += above[i]!
  } else if (filter === 3) {
    for (let i = 0; i < bytesPerPixel; i++) row[i]! += above[i]! >> 1
    for (let i = bytesPerPixel; i < length; i++) row[i]! += (row[i - bytesPerPixel]! + above[i]!) >> 1
  } else if (filter === 4) {
    for (let i = 0; i < bytesPerPixel; i++) row[i]! += above[i]!
    for (let i = bytesPerPixel; i < length; i++) {
      row[i]! += nearest(row[i - bytesPerPixel]!, above[i]!, above[i - bytesPerPixel]!)
    }
  } else if (filter !== 0) throw new Error(`There is no filter ${filter} in a PNG.`)
}

/** Paeth's predictor: of left, above and above left the one nearest to what they would make a plane (9.4). */
function nearest(left: number, above: number, corner: number): number {
  const plane = left + above - corner
  const toLeft = Math.abs(plane - left)
  const toAbove = Math.abs(plane - above)
  const toCorner = Math.abs(plane - corner)
  if (toLeft <= toAbove && toLeft <= toCorner) return left
  return toAbove <= toCorner ? above : corner
}
