import { describe, expect, test } from 'vitest'
import { PictureError } from './errors/index.ts'
import { receiptOf, withReceipt } from './receipt.ts'

const receipt = {
  model: 'a <b> & "c" \'d\'',
  seed: '18446744073709551615',
  steps: 8,
  eta: 0.5,
  nothing: null,
  words: 'für später 🙂 ]]> &lt; \ufffe \n',
}

const packet = (inside: string) =>
  `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n${inside}\n</x:xmpmeta>\n<?xpacket end="w"?>`
const rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
const title = '<rdf:Description rdf:about="uuid:1" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/png"/>'

describe('a receipt is read back', () => {
  test.each([
    ['a new packet', undefined],
    ['a packet that says something else', packet(`<rdf:RDF ${rdf}>${title}</rdf:RDF>`)],
    ['a packet that says nothing', packet(`<rdf:RDF ${rdf}/>`)],
    ['text that is no XMP', 'some notes'],
  ])('from %s', (_, xmp) => {
    const packed = withReceipt(xmp, receipt)
    expect(receiptOf(packed)).toEqual(receipt)
    expect(packed.match(/<rdf:RDF/g)).toHaveLength(1)
  })

  test.each([['text'], [7], [null], [[1, 'a']], [{}]])('that is %j', (value) => {
    expect(receiptOf(withReceipt(undefined, value))).toEqual(value)
  })

  test("with its whole numbers of any size as text, such as the seed of a result's settings", () => {
    expect(receiptOf(withReceipt(undefined, { seed: 2n ** 64n - 1n }))).toEqual({ seed: '18446744073709551615' })
  })

  test('where another program wrote the packet anew', () => {
    const json = '{&quot;steps&quot;:8,&#34;a&#x22;:1}'
    const namespace = 'xmlns:ns1="urn:latentkit:receipt:1.0:"'
    const attribute = packet(`<rdf:RDF ${rdf}><rdf:Description ${namespace} ns1:receipt="${json}"/></rdf:RDF>`)
    const element = packet(
      `<rdf:RDF ${rdf}><rdf:Description ${namespace}>\n <ns1:receipt>${json}</ns1:receipt>\n</rdf:Description></rdf:RDF>`,
    )
    for (const xmp of [attribute, element]) {
      expect(receiptOf(xmp)).toEqual({ steps: 8, a: 1 })
      expect(receiptOf(withReceipt(xmp, { steps: 9 }))).toEqual({ steps: 9 })
    }
  })
})

test('what the packet said before stays, about the same thing', () => {
  const packed = withReceipt(packet(`<rdf:RDF ${rdf}>${title}</rdf:RDF>`), receipt)
  expect(packed).toContain(title)
  expect(packed.match(/rdf:about="uuid:1"/g)).toHaveLength(2)
})

test('a packet that calls RDF otherwise stays as it is', () => {
  const xmp = packet(`<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></r:RDF>`)
  const packed = withReceipt(xmp, receipt)
  expect(packed).toContain('</latentkit:receipt></r:Description></r:RDF>')
  expect(receiptOf(packed)).toEqual(receipt)
})

test('a receipt of somebody else is not ours', () => {
  const theirs = '<rdf:Description xmlns:shop="urn:shop" shop:receipt="{}"/>'
  const xmp = packet(`<rdf:RDF ${rdf}>${theirs}</rdf:RDF>`)
  expect(receiptOf(xmp)).toBeUndefined()
  const packed = withReceipt(xmp, receipt)
  expect(packed).toContain(theirs)
  expect(receiptOf(packed)).toEqual(receipt)
})

test('characters by number are read, those that there are not stay as they stand', () => {
  const attribute = (json: string) =>
    packet(`<rdf:RDF ${rdf}><rdf:Description xmlns:l="urn:latentkit:receipt:1.0:" l:receipt='${json}'/></rdf:RDF>`)
  expect(receiptOf(attribute('{"a":"&#x10ffff;&#65;&#x110000;&nbsp;"}'))).toEqual({
    a: '\u{10ffff}A&#x110000;&nbsp;',
  })
})

test('a later receipt replaces the earlier', () => {
  const once = withReceipt(undefined, { steps: 1 })
  expect(withReceipt(once, { steps: 2 })).toBe(withReceipt(undefined, { steps: 2 }))
})

test('no receipt is undefined, a damaged one an error', () => {
  expect(receiptOf(packet(`<rdf:RDF ${rdf}>${title}</rdf:RDF>`))).toBeUndefined()
  expect(receiptOf('')).toBeUndefined()
  const damaged = withReceipt(undefined, { steps: 2 }).replace(':2}', ':')
  expect(() => receiptOf(damaged, 'a.png')).toThrow(PictureError)
  expect(() => receiptOf(damaged, 'a.png')).toThrow('a.png: has a receipt that is damaged.')
})

test('a packet that names our namespace in thousands of ways takes no longer for it', () => {
  const names = Array.from({ length: 100_000 }, (_, i) => `xmlns:p${i}="urn:latentkit:receipt:1.0:"`)
  const packet = `<x:xmpmeta><rdf:RDF ${names.join(' ')}><p7:receipt>{"a":1}</p7:receipt></rdf:RDF></x:xmpmeta>`
  const started = performance.now()
  expect(receiptOf(packet)).toEqual({ a: 1 })
  expect(receiptOf(withReceipt(packet, { b: 2 }))).toEqual({ b: 2 })
  // Seconds are far from it: it took minutes.
  expect(performance.now() - started).toBeLessThan(20_000)
})
