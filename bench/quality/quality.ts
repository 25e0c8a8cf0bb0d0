/**
 * pnpm bench:quality [--photographs FOLDER] [--model FOLDER …] [--panels FOLDER] [--tables steps,schedulers] [--side 256] [--out docs/quality.md]
 * How close the small model's pictures are to the originals: beside bicubic and Lanczos, for every way of finishing, over
 * steps, eta and schedulers. Prints tables in Markdown; with --out they replace what the file has between its markers.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { type RasterImage, resizeImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { measureVariants } from './measure-variants.ts'
import { type Figures, measure } from './metrics.ts'
import { writePanel } from './panels.ts'
import { openPictureSets, type PictureSet } from './pictures.ts'
import { createReconstruction } from './reconstruct.ts'
import { formatFigures, formatTable, type Row } from './table.ts'
import { finishes, schedulers, steps, type Variant } from './variants.ts'

const { values } = parseArgs({
  options: {
    photographs: { type: 'string', default: process.env.LATENTKIT_PHOTOGRAPHS },
    model: { type: 'string', multiple: true, default: [] },
    panels: { type: 'string' },
    tables: { type: 'string', default: 'steps,schedulers' },
    side: { type: 'string', default: '256' },
    out: { type: 'string' },
  },
})
/** Paths are meant from where the command was typed, not from the folder that pnpm runs it in. */
const here = (path: string) => resolve(process.env.INIT_CWD ?? '.', path)
const photographs = values.photographs && here(values.photographs)
const sets = await openPictureSets({ photographs, side: Number(values.side) })
const backend = createNodeBackend()
const models = values.model.length > 0 ? values.model : [undefined]
const sections: string[] = []
for (const [i, folder] of models.entries()) {
  if (folder) sections.push(`Model: ${folder}`)
  sections.push(...(await measureModel(folder, i === 0)))
}
await backend.dispose()
const text = sections.join('\n\n')
console.log(text)
if (values.out) replaceTables(here(values.out), text)

/** All tables of one model; the ways without a model only once. */
async function measureModel(folder: string | undefined, withOthers: boolean): Promise<string[]> {
  const files = await openModel(folder ? here(folder) : modelFiles)
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
  const reconstruction = withOthers ? await createReconstruction(backend, files) : undefined
  const others = new Map<string, (small: RasterImage, original: RasterImage) => Promise<RasterImage>>()
  if (withOthers) {
    others.set('bicubic', async (small, original) => resizeImage(small, original, 'bicubic'))
    others.set('Lanczos', async (small, original) => resizeImage(small, original, 'lanczos'))
    if (reconstruction) others.set('reconstruction', (_, original) => reconstruction.reconstruct(original))
  }
  const wanted = values.tables.split(',')
  const variants = [
    ...finishes,
    ...(wanted.includes('steps') ? steps : []),
    ...(wanted.includes('schedulers') ? schedulers : []),
  ]
  const figures = new Map<string | Variant, Map<string, Figures[]>>()
  const note = (key: string | Variant, set: string, measured: Figures) => {
    const bySet = figures.get(key) ?? new Map<string, Figures[]>()
    figures.set(key, bySet.set(set, [...(bySet.get(set) ?? []), measured]))
  }
  const single: Row[] = []
  for (const set of sets) {
    for (const { name, original } of set.pictures) {
      const small = resizeImage(original, { width: original.width / 4, height: original.height / 4 }, 'bicubic')
      const cells = [original]
      for (const [key, enlarge] of others) {
        const image = await enlarge(small, original)
        if (key === 'bicubic') cells.push(image)
        note(key, set.name, measure(image, original))
      }
      const measured = await measureVariants(pipeline, small, original, variants)
      for (const [variant, result] of measured) note(variant, set.name, result)
      const [first, last] = [measured.get(finishes[0]!)!, measured.get(finishes.at(-1)!)!]
      single.push(pictureRow(set, name, measure(resizeImage(small, original, 'bicubic'), original), first, last))
      if (values.panels) {
        const label = folder ? `${name}-${folder.replaceAll(/[^\w-]+/g, '_')}` : name
        await writePanel(here(values.panels), label, [...cells, first.image, last.image])
      }
      console.error(`${set.name}/${name}: bicubic to defaults ${formatFigures([last])}`)
    }
  }
  const defaults = pipeline.defaults
  await pipeline.dispose()
  const names = sets.map(({ name }) => name)
  const row = (key: string | Variant): Row => ({
    name: typeof key === 'string' ? key : key.name,
    sets: figures.get(key)!,
  })
  return [
    `### Ways to finish\n\nThe model with ${defaults.steps} steps and eta ${defaults.eta}; its other defaults are back-projection ${defaults.backProjection} and colour ${defaults.colour}.`,
    formatTable([...others.keys(), ...finishes].map(row), names, true),
    ...(wanted.includes('steps') ? ['### Steps and eta', formatTable(steps.map(row), names)] : []),
    ...(wanted.includes('schedulers')
      ? ['### Other schedulers, back-projected', formatTable(schedulers.map(row), names)]
      : []),
    '### Picture by picture',
    formatTable(single, ['bicubic', 'networks alone', 'defaults']),
  ]
}

function pictureRow(set: PictureSet, name: string, bicubic: Figures, first: Figures, last: Figures): Row {
  const columns = { bicubic, 'networks alone': first, defaults: last }
  return { name: `${set.name}: ${name}`, sets: new Map(Object.entries(columns).map(([key, value]) => [key, [value]])) }
}

/** Puts the tables between the two markers of a Markdown file. */
function replaceTables(path: string, text: string): void {
  const [start, end] = ['<!-- tables -->', '<!-- end of tables -->']
  const old = readFileSync(path, 'utf8')
  const [from, to] = [old.indexOf(start), old.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${path} needs the lines ${start} and ${end}.`)
  writeFileSync(path, `${old.slice(0, from + start.length)}\n\n${text}\n\n${old.slice(to)}`)
}
