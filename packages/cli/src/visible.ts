/**
 * Text on one line as it may go to a terminal: control characters, with which names in other people's files could move the
 * cursor or begin a line of their own, are shown as \xNN.
 */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => `\\x${hexOf(character)}`)
}

/** JSON as it may go to a terminal: of control characters, JSON itself shows only those of ASCII. */
export function visibleJSON(value: unknown): string {
  const json = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part), 2)
  return json.replace(/[\x7f-\x9f]/g, (character) => `\\u00${hexOf(character)}`)
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0')
}
