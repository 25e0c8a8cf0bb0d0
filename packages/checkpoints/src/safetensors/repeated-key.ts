/**
 * A key that some object of a JSON text holds twice, which `JSON.parse` hides by keeping the last.
 * @param value What `JSON.parse` made of the text.
 * @returns Undefined if there is none.
 */
export function repeatedKey(text: string, value: unknown): string | undefined {
  const kept = countKeys(value)
  for (const [, key, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g)) {
    if (colon === undefined) continue
    const name = JSON.parse(key!) as string
    const left = kept.get(name) ?? 0
    if (left === 0) return name
    kept.set(name, left - 1)
  }
  return undefined
}

function countKeys(value: unknown): Map<string, number> {
  const counts = new Map<string, number>()
  const pending = [value]
  while (pending.length > 0) {
    const item = pending.pop()
    if (typeof item !== 'object' || item === null) continue
    for (const inner of Object.values(item)) pending.push(inner)
    if (Array.isArray(item)) continue
    for (const key of Object.keys(item)) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}
