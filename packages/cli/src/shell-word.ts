/** A text as one word of a command to be copied into a shell; undefined if it holds what not every shell takes as it is. */
export function shellWord(text: string): string | undefined {
  if (text.length > 1000 || text.startsWith('-')) return undefined
  if (/^[\p{L}\p{N}_./:+-]+$/u.test(text)) return text
  // A backslash at the end would take the quotes' meaning away.
  if (process.platform === 'win32')
    return /^[\p{L}\p{N}_./:+,@~ ()[\]\\-]+(?<!\\)$/u.test(text) ? `"${text}"` : undefined
  // Neither what ends the quotes nor what is not seen.
  return /^(?:[^'\p{C}\p{Z}]| )+$/u.test(text) ? `'${text}'` : undefined
}
