import { expect, test } from 'vitest'
import { recognizedBytes, recognizePicture } from './recognize-picture.ts'

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const brand = (name: string) => bytes(`\0\0\0\x18ftyp${name}\0\0\0\0`)
const node = ['JPEG', 'PNG', 'WebP', 'AVIF', 'TIFF', 'GIF'] as const
const browser = ['PNG', 'JPEG', 'WebP', 'AVIF', 'GIF', 'BMP'] as const

test.each([
  ['JPEG', bytes('\xff\xd8\xff\xe0')],
  ['PNG', bytes('\x89PNG\r\n\x1a\n')],
  ['WebP', bytes('RIFF\x01\x02\x03\x04WEBPVP8 ')],
  ['GIF', bytes('GIF89a')],
  ['AVIF', brand('avif')],
  ['AVIF', brand('mif1\0\0\0\0miafavif')],
])('%s is a format', (format, head) => {
  expect(recognizePicture(head, node)).toEqual({ format })
  // A view of a longer buffer.
  const longer = new Uint8Array(head.length + 5)
  longer.set(head, 5)
  expect(recognizePicture(longer.subarray(5), browser)).toEqual({ format })
})

test('what one reads is a foreign kind to another, whose own formats the hint names', () => {
  const [bmp, tiff] = [bytes('BM123456'), bytes('MM\0*\0\0\0\x08')]
  expect(recognizePicture(bmp, browser)).toEqual({ format: 'BMP' })
  expect(recognizePicture(bmp, node)).toEqual({
    problem: 'is a BMP picture, which cannot be read',
    hint: 'Convert it to JPEG, PNG or TIFF first.',
  })
  expect(recognizePicture(tiff, node)).toEqual({ format: 'TIFF' })
  expect(recognizePicture(tiff, browser)).toEqual({
    problem: 'is a TIFF picture, which cannot be read',
    hint: 'Convert it to JPEG or PNG first.',
  })
  expect(recognizePicture(brand('avif'), ['WebP'])).toEqual({
    problem: 'is an AVIF picture, which cannot be read',
    hint: 'Convert it to WebP first.',
  })
})

const give = 'Give a PNG, JPEG, WebP, AVIF, GIF or BMP file.'
const convert = 'Convert it to JPEG or PNG first.'
test.each([
  ['is empty', give, bytes('')],
  ['is not a picture that can be read', give, bytes('just words')],
  ['is not a picture that can be read', give, bytes('RIFF\x01\x02\x03\x04WAVEfmt ')],
  ['is a PDF document, not a picture', give, bytes('%PDF-1.7')],
  ['is a film, not a picture', give, brand('isom')],
  ['is a camera raw file', 'Develop it to JPEG first.', bytes('II*\0\x10\0\0\0CR\x02')],
  ['is a HEIC picture, which cannot be read', convert, brand('heic')],
  ['is a HEIC picture, which cannot be read', convert, brand('mif1')],
  ['is a JPEG XL picture, which cannot be read', convert, bytes('\xff\x0a\0')],
  ['is a JPEG 2000 picture, which cannot be read', convert, bytes('\0\0\0\x0cjP  ')],
  ['is a Photoshop document, which cannot be read', convert, bytes('8BPS\0\x01')],
  [
    'is an SVG drawing, not a picture made of pixels',
    convert,
    bytes('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
  ],
])('what %s is told so', (problem, hint, head) => {
  expect(recognizePicture(head, browser)).toEqual({ problem, hint })
})

test('only the beginning is looked at', () => {
  const head = bytes(`${' '.repeat(recognizedBytes)}<svg>`)
  expect(recognizePicture(head, node)).toMatchObject({ problem: 'is not a picture that can be read' })
})
