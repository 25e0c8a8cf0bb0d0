/** The beginning of a text from somebody else that may be of any length, for messages. */
export function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
