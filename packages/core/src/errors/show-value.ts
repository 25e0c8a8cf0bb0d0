/** A value in a few words: whole only where it is plain and short. Never throws, whatever it is. */
export function showValue(value: unknown): string {
  try {
    if (typeof value === 'function') return 'a function'
    if (typeof value === 'string') return shortened(value)
    if (typeof value !== 'object' || value === null) return String(value)
    return describeObject(value) ?? shortened(value)
  } catch {
    return 'an object'
  }
}

/** What has no plain form, by its kind. */
function describeObject(value: object): string | undefined {
  if (typeof (value as Partial<Promise<unknown>>).then === 'function') return 'a promise, which is to be awaited'
  // By its prototype: what was read from JSON may have a constructor of its own, of any text.
  const kind: unknown = Object.getPrototypeOf(value)?.constructor?.name
  if (Array.isArray(value) || typeof kind !== 'string' || kind === 'Object') return undefined
  const bytes = (value as Partial<ArrayBuffer>).byteLength
  const size = typeof bytes === 'number' ? ` of ${bytes} bytes` : ''
  return `${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind}${size}`
}

function shortened(value: object | string): string {
  const text = JSON.stringify(beginningOf(value), (_, part) => {
    if (typeof part === 'bigint') return `${part}`
    const isObject = typeof part === 'object' && part !== null
    return beginningOf(isObject ? (describeObject(part) ?? part) : part)
  })
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** More than this is cut off anyway. */
function beginningOf<Value>(value: Value): Value | string | unknown[] {
  return typeof value === 'string' || Array.isArray(value) ? value.slice(0, 100) : value
}
