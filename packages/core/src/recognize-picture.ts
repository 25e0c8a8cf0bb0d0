/** Formats of pictures made of pixels that `recognizePicture` knows. */
export type PictureFormat = 'JPEG' | 'PNG' | 'WebP' | 'GIF' | 'TIFF' | 'AVIF' | 'BMP' | 'HEIC' | 'JPEG XL' | 'JPEG 2000'

/** A file of a format that is read, or else the problem, as words that go on after its name, and what to do. */
export type RecognizedPicture<Format extends PictureFormat = PictureFormat> =
  | { readonly format: Format }
  | { readonly problem: string; readonly hint: string }

/** Bytes that `recognizePicture` looks at. */
export const recognizedBytes = 1024

type Kind = { readonly format: PictureFormat } | { readonly problem: string; readonly todo: keyof typeof todos }

const begins =
  (...beginnings: readonly string[]) =>
  (text: string) =>
    beginnings.some((beginning) => text.startsWith(beginning))

/** The box that films and pictures of the ISO base media format begin with names what they are. */
const isBrand = (brands: RegExp) => (text: string) => text.slice(4, 8) === 'ftyp' && brands.test(text.slice(8, 72))

/** How files begin; of several that fit the first counts. */
const kinds: readonly (readonly [(text: string) => boolean, Kind])[] = [
  [begins('\xff\xd8\xff'), { format: 'JPEG' }],
  [begins('\x89PNG\r\n\x1a\n'), { format: 'PNG' }],
  [(text) => text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP', { format: 'WebP' }],
  [begins('GIF87a', 'GIF89a'), { format: 'GIF' }],
  [begins('II*\0\x10\0\0\0CR'), { problem: 'is a camera raw file', todo: 'develop' }],
  [begins('II*\0', 'II+\0', 'MM\0*', 'MM\0+'), { format: 'TIFF' }],
  [isBrand(/avi[fs]/), { format: 'AVIF' }],
  [isBrand(/^(he[iv][cxms]|mif1|msf1)/), { format: 'HEIC' }],
  [begins('\xff\x0a', '\0\0\0\x0cJXL '), { format: 'JPEG XL' }],
  [begins('\0\0\0\x0cjP', '\xffO\xffQ'), { format: 'JPEG 2000' }],
  [begins('BM'), { format: 'BMP' }],
  [begins('8BPS'), { problem: 'is a Photoshop document, which cannot be read', todo: 'convert' }],
  [begins('%PDF'), { problem: 'is a PDF document, not a picture', todo: 'give' }],
  [isBrand(/^/), { problem: 'is a film, not a picture', todo: 'give' }],
  [(text) => /<svg[\s>]/.test(text), { problem: 'is an SVG drawing, not a picture made of pixels', todo: 'convert' }],
]

/** What to do, from the formats that the caller reads. */
const todos = {
  give: (readable: readonly string[]) => `Give ${article(readable[0]!)} ${anyOf(readable)} file.`,
  convert: (readable: readonly string[]) => `Convert it to ${anyOf(these(['JPEG', 'PNG', 'TIFF'], readable))} first.`,
  develop: (readable: readonly string[]) => `Develop it to ${anyOf(these(['TIFF', 'JPEG'], readable))} first.`,
}

/**
 * Tells by a file's first bytes whether it is a picture that the caller reads, and what it is otherwise: a HEIC picture, a
 * PDF document, a film. The words fit `PictureError`.
 * @param head the file, or its first `recognizedBytes`
 * @param readable the formats that the caller reads, in the order in which a hint names them
 */
export function recognizePicture<const Format extends PictureFormat>(
  head: Uint8Array,
  readable: readonly Format[],
): RecognizedPicture<Format> {
  const give = todos.give(readable)
  if (head.length === 0) return { problem: 'is empty', hint: give }
  const text = String.fromCharCode(...head.subarray(0, recognizedBytes))
  const kind = kinds.find(([fits]) => fits(text))?.[1]
  if (!kind) return { problem: 'is not a picture that can be read', hint: give }
  if ('problem' in kind) return { problem: kind.problem, hint: todos[kind.todo](readable) }
  const format = readable.find((format) => format === kind.format)
  if (format) return { format }
  const problem = `is ${article(kind.format)} ${kind.format} picture, which cannot be read`
  return { problem, hint: todos.convert(readable) }
}

/** Those of the usual formats that are read; all that are read if none is. */
function these(usual: readonly string[], readable: readonly string[]): readonly string[] {
  const read = usual.filter((format) => readable.includes(format))
  return read.length > 0 ? read : readable
}

/** `a, b or c` */
function anyOf(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words.join('')
}

function article(word: string): 'a' | 'an' {
  return word.startsWith('A') ? 'an' : 'a'
}
