import { join } from 'node:path'
import { type Backend, type ModelFiles, type RasterImage, resizeImage } from '@latentkit/core'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { measureVariants } from './measure-variants.ts'
import { type Figures, measure } from './metrics.ts'
import { writePanel } from './panels.ts'
import type { PictureSet } from './pictures.ts'
import { createReconstruction } from './reconstruct.ts'
import { formatTable, type Row } from './table.ts'
import { finishes, schedulers, steps, type Variant } from './variants.ts'

export interface MeasureModelOptions {
  readonly backend: Backend
  readonly files: ModelFiles
  readonly sets: readonly PictureSet[]
  /** Of `finishes`, `steps`, `schedulers`. */
  readonly tables: readonly string[]
  /** Where pictures go: original, bicubic, the networks alone, the model's defaults. */
  readonly panels?: string | undefined
}

/** Markdown tables by name: those asked for, and with `finishes` also `pictures`, one by one. */
export async function measureModel(options: MeasureModelOptions): Promise<ReadonlyMap<string, string>> {
  const { backend, files, sets, panels } = options
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
  const wanted = { finishes, steps, schedulers }
  const tables = Object.entries(wanted).filter(([name]) => options.tables.includes(name))
  const variants = tables.flatMap(([, list]) => list)
  const others = options.tables.includes('finishes') ? await waysWithoutModel(backend, files) : new Map()
  const rows = new Map<string, Map<string, Figures[]>>()
  const note = (name: string, set: string, figures: Figures) => {
    const row = rows.get(name) ?? new Map<string, Figures[]>()
    rows.set(name, row.set(set, [...(row.get(set) ?? []), figures]))
  }
  const single: Row[] = []
  for (const set of sets) {
    for (const { name, original } of set.pictures) {
      const small = resizeImage(original, { width: original.width / 4, height: original.height / 4 }, 'bicubic')
      const made = new Map<string, RasterImage>()
      for (const [way, enlarge] of others) made.set(way, await enlarge(small, original))
      for (const [variant, image] of await measureVariants(pipeline, small, variants)) made.set(variant.name, image)
      const figures = new Map([...made].map(([way, image]) => [way, measure(image, original)]))
      for (const [way, each] of figures) note(way, set.name, each)
      const shown = ['bicubic', finishes[0]!.name, finishes.at(-1)!.name].filter((way) => made.has(way))
      single.push({ name: `${set.name}: ${name}`, sets: new Map(shown.map((way) => [way, [figures.get(way)!]])) })
      if (panels && shown.length > 0) {
        await writePanel(join(panels, `${set.name}-${name}.png`), [original, ...shown.map((way) => made.get(way)!)])
      }
      console.error(`measured ${set.name}/${name}`)
    }
  }
  await pipeline.dispose()
  const names = sets.map(({ name }) => name)
  const row = (name: string): Row => ({ name, sets: rows.get(name)! })
  const texts = new Map<string, string>()
  for (const [name, list] of tables as [string, readonly Variant[]][]) {
    const ways = [...(name === 'finishes' ? others.keys() : []), ...list.map((variant) => variant.name)]
    texts.set(name, formatTable(ways.map(row), names, name === 'finishes'))
  }
  if (texts.has('finishes'))
    texts.set('pictures', formatTable(single, ['bicubic', finishes[0]!.name, finishes.at(-1)!.name]))
  return texts
}

/** Bicubic, Lanczos, and the autoencoder alone where there is an encoder. */
async function waysWithoutModel(backend: Backend, files: ModelFiles) {
  const ways = new Map<string, (small: RasterImage, original: RasterImage) => Promise<RasterImage>>()
  ways.set('bicubic', async (small, original) => resizeImage(small, original, 'bicubic'))
  ways.set('Lanczos', async (small, original) => resizeImage(small, original, 'lanczos'))
  const reconstruction = await createReconstruction(backend, files)
  if (reconstruction) ways.set('reconstruction', (_, original) => reconstruction.reconstruct(original))
  return ways
}
