/** Deepest nesting of a header: the object, the tensors in it, their shapes in those. */
const deepest = 3
/** Most keys of all objects together: a tensor has four. */
const mostKeys = 200_000

/**
 * What is wrong with the text of a header that `JSON.parse` would not tell: keys that come twice, of which it keeps the
 * last, and nesting that takes far more memory than the text. Looks at each letter once.
 * @returns Undefined if nothing is, or the text is not JSON at all.
 */
export function headerProblem(text: string): string | undefined {
  // The keys of each object that is open; of a list there are none.
  const open: Set<string>[] = []
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter === '{' || letter === '[') {
      if (open.length === deepest) return `nests more than ${deepest} deep`
      open.push(new Set())
    } else if (letter === '}' || letter === ']') open.pop()
    else if (letter === '"') {
      const end = endOfString(text, at)
      if (isKey(text, end)) {
        const key = parseString(text.slice(at, end + 1))
        const keys = open.at(-1)
        if (key === undefined || keys === undefined) return undefined
        if (keys.has(key)) return `has the key ${JSON.stringify(key.slice(0, 80))} twice`
        keys.add(key)
        if (++count > mostKeys) return `has more than ${mostKeys} keys`
      }
      at = end
    }
  }
  return undefined
}

/** Where the quotation mark is that ends a string; the text's end if there is none. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function isKey(text: string, end: number): boolean {
  let at = end + 1
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return text[at] === ':'
}

function parseString(text: string): string | undefined {
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined
  }
}
