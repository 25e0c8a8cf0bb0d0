import { InvalidArgumentError, PictureError } from './errors/index.ts'

/** The namespace of our own XMP property, `receipt`. */
const receiptNamespace = 'urn:latentkit:receipt:1.0:'

const packetStart =
  '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
const packetEnd = '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'

/**
 * Puts a receipt, how a picture was made, into an XMP packet (ISO 16684-1): a text property of ours that holds JSON.
 * Whatever else the packet says stays; an earlier receipt is replaced.
 * @param xmp the packet that the picture has; undefined, or text that is no XMP, for a new one
 * @param receipt any value that JSON can hold; bigints are written as text, as JSON has no numbers of their size
 * @throws InvalidArgumentError for what JSON has no text for (undefined, functions), and for a packet that is no text; JSON's
 *   own TypeError for a receipt that holds itself.
 */
export function withReceipt(xmp: string | undefined, receipt: unknown): string {
  const { body, close } = openPacket(textOf(xmp ?? ''))
  const prefix = /^<\/([\w.-]+):/.exec(close)?.[1] ?? 'rdf'
  // All descriptions of a packet are about the same thing and say so in the same words.
  const about = new RegExp(`${prefix}:about=(?:"([^"]*)"|'([^']*)')`).exec(body)
  const subject = about?.[1] ?? about?.[2] ?? ''
  const text = escapeText(jsonOf(receipt))
  return [
    withoutReceipt(body),
    `<${prefix}:Description ${prefix}:about="${subject}" xmlns:latentkit="${receiptNamespace}">`,
    `<latentkit:receipt>${text}</latentkit:receipt></${prefix}:Description>`,
    close,
  ].join('')
}

/**
 * The receipt that an XMP packet holds; undefined if there is none.
 * @param picture how an error calls the picture
 * @throws PictureError if there is one that is not JSON; InvalidArgumentError for a packet that is no text.
 */
export function receiptOf(xmp: string, picture = 'picture'): unknown {
  const prefixes = receiptPrefixes(textOf(xmp))
  const match = forms.flatMap((form) => [...xmp.matchAll(form)]).find(([, prefix]) => prefixes.has(prefix!))
  if (!match) return undefined
  try {
    return JSON.parse(unescapeText(match[2] ?? match[3] ?? ''))
  } catch (cause) {
    throw new PictureError({ picture, problem: 'has a receipt that is damaged', cause })
  }
}

function textOf(xmp: unknown): string {
  if (typeof xmp === 'string') return xmp
  throw new InvalidArgumentError({ argument: 'xmp', value: xmp, expected: 'the text of an XMP packet' })
}

function jsonOf(receipt: unknown): string {
  const json: string | undefined = JSON.stringify(receipt, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  if (json !== undefined) return json
  throw new InvalidArgumentError({ argument: 'receipt', value: receipt, expected: 'a value that JSON can hold' })
}

/** The packet up to where another description can stand, and the rest. */
function openPacket(xmp: string): { body: string; close: string } {
  const end = xmp.search(/<\/[\w.-]+:RDF\s*>/)
  if (end >= 0) return { body: xmp.slice(0, end), close: xmp.slice(end) }
  const empty = /<([\w.-]+):RDF\b([^<>]*?)\/>/.exec(xmp)
  if (!empty) return { body: packetStart, close: packetEnd }
  const [tag, prefix, attributes] = empty
  return {
    body: `${xmp.slice(0, empty.index)}<${prefix}:RDF${attributes}>`,
    close: `</${prefix}:RDF>${xmp.slice(empty.index + tag.length)}`,
  }
}

/** The two ways in which XMP writes a text property: an element, or an attribute (other programs turn one into the other). */
const forms = [
  /<([\w.-]+):receipt\b[^<>]*>([^<]*)<\/\1:receipt\s*>/g,
  /\s([\w.-]+):receipt\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
]

/** What our namespace is called in a packet; a hostile one may have thousands of names for it. */
function receiptPrefixes(xmp: string): ReadonlySet<string> {
  const declared = [...xmp.matchAll(/xmlns:([\w.-]+)\s*=\s*["']([^"']*)["']/g)]
  return new Set(declared.filter(([, , namespace]) => namespace === receiptNamespace).map(([, prefix]) => prefix!))
}

function withoutReceipt(xmp: string): string {
  const prefixes = receiptPrefixes(xmp)
  const cut = (whole: string, prefix: string) => (prefixes.has(prefix) ? '' : whole)
  const rest = forms.reduce((text, form) => text.replace(form, cut), xmp)
  const empty = new RegExp(`<([\\w.-]+:Description)\\s[^<>]*"${receiptNamespace}"\\s*>\\s*</\\1\\s*>`, 'g')
  return rest.replace(empty, '')
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescapeText(text: string): string {
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name) return entities[name] ?? whole
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
