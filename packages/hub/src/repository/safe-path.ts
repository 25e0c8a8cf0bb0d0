/**
 * Whether a path from a server stays inside the folder it is joined to, on every system: relative, with `/`, no empty, `.`
 * or `..` part, no backslash, no control characters, and no colon, which in Windows names a drive or a stream of a file.
 */
export function isSafePath(path: string): boolean {
  const parts = path.split('/')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (path === '' || /[\\:\u0000-\u001f\u007f]/.test(path)) return false
  return parts.every((part) => part !== '' && part !== '.' && part !== '..')
}
