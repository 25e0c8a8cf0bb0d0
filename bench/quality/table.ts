import { readFileSync, writeFileSync } from 'node:fs'
import type { Figures } from './metrics.ts'
import type { PictureSet } from './pictures.ts'

/** Figures of every picture of a set, by the set's name. */
export interface Row {
  readonly name: string
  readonly sets: ReadonlyMap<string, readonly Figures[]>
}

/** A Markdown table of means: for each set PSNR / SSIM / GMSD; optionally how far colours are off, and what does not agree with the small picture. */
export function formatTable(rows: readonly Row[], sets: readonly string[], withAgreement = false): string {
  const head = [
    '',
    ...sets,
    ...(withAgreement ? ['mean colour shift, all (R, G, B)', 'largest', 'off by a level', 'pictures'] : []),
  ]
  const lines = rows.map(({ name, sets: figures }) => [
    name,
    ...sets.map((set) => formatFigures(figures.get(set) ?? [])),
    ...(withAgreement
      ? [...formatShift([...figures.values()].flat()), ...formatOff([...figures.values()].flat())]
      : []),
  ])
  return alignTable([head, ...lines])
}

/** Mean PSNR (dB) / SSIM / GMSD. */
export function formatFigures(figures: readonly Figures[]): string {
  if (figures.length === 0) return '–'
  const mean = (key: 'psnr' | 'ssim' | 'gmsd') => figures.reduce((sum, each) => sum + each[key], 0) / figures.length
  return `${mean('psnr').toFixed(2)} / ${fraction(mean('ssim'), 3)} / ${fraction(mean('gmsd'), 4)}`
}

/** The mean of |shift| over pictures for each channel, and the largest of all. */
function formatShift(figures: readonly Figures[]): [string, string] {
  const sizes = figures.map(({ shift }) => shift.map(Math.abs))
  const mean = (channel: number) => sizes.reduce((sum, size) => sum + size[channel]!, 0) / sizes.length
  return [[0, 1, 2].map((channel) => mean(channel).toFixed(2)).join(', '), Math.max(...sizes.flat()).toFixed(2)]
}

/** The mean share of samples that are off by more than a level, and how many pictures have any. */
function formatOff(figures: readonly Figures[]): [string, string] {
  const mean = figures.reduce((sum, { off }) => sum + off, 0) / figures.length
  return [`${(100 * mean).toFixed(2)} %`, `${figures.filter(({ off }) => off > 0).length} of ${figures.length}`]
}

function fraction(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^0/, '')
}

function alignTable(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')
}

/** What a table is of, in one sentence. */
export function describeSets(sets: readonly PictureSet[]): string {
  const sides = sets.flatMap(({ pictures }) =>
    pictures.map(({ original }) => Math.max(original.width, original.height)),
  )
  const counts = sets.map(({ name, pictures }) => `${name} ${pictures.length}`)
  return `Pictures: ${counts.join(', ')}; originals at most ${Math.max(...sides)} pixels a side. PSNR in dB / SSIM / GMSD.`
}

/** Puts a table between `<!-- table NAME -->` and `<!-- end -->` of a Markdown file. */
export function replaceTable(path: string, name: string, text: string): void {
  const [start, end] = [`<!-- table ${name} -->`, '<!-- end -->']
  const old = readFileSync(path, 'utf8')
  const from = old.indexOf(start)
  const to = old.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`${path} needs the lines ${start} and ${end}.`)
  writeFileSync(path, `${old.slice(0, from + start.length)}\n\n${text}\n\n${old.slice(to)}`)
}
