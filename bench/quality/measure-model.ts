import { join } from 'node:path'
import {
  type Backend,
  imageToTensor,
  type ModelFiles,
  type RasterImage,
  resizeImage,
  type Tensor,
  tensorToImage,
} from '@latentkit/core'
import { buildCorrection, createGraphSession, LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { measureJpeg } from './measure-jpeg.ts'
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
  /** Of `finishes`, `steps`, `schedulers`, `jpeg`. */
  readonly tables: readonly string[]
  /** Where pictures go: the original, then those of the table picture by picture. */
  readonly panels?: string | undefined
}

/** What is told of each picture by itself. */
const ways = ['bicubic', 'Lanczos, back-projection 8', finishes[0]!.name, finishes.at(-1)!.name]

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
  for (const set of variants.length > 0 ? sets : []) {
    for (const { name, original } of set.pictures) {
      const small = resizeImage(original, { width: original.width / 4, height: original.height / 4 }, 'bicubic')
      const made = new Map<string, RasterImage>()
      for (const [way, enlarge] of others) made.set(way, await enlarge(small, original))
      for (const [variant, image] of await measureVariants(pipeline, small, variants)) made.set(variant.name, image)
      const figures = new Map([...made].map(([way, image]) => [way, measure(image, original)]))
      for (const [way, each] of figures) note(way, set.name, each)
      const shown = ways.filter((way) => made.has(way))
      single.push({ name: `${set.name}: ${name}`, sets: new Map(shown.map((way) => [way, [figures.get(way)!]])) })
      if (panels && shown.length > 0) {
        await writePanel(join(panels, `${set.name}-${name}.png`), [original, ...shown.map((way) => made.get(way)!)])
      }
      console.error(`measured ${set.name}/${name}`)
    }
  }
  const jpeg = options.tables.includes('jpeg') ? await measureJpeg(pipeline, sets) : undefined
  await pipeline.dispose()
  const names = sets.map(({ name }) => name)
  const row = (name: string): Row => ({ name, sets: rows.get(name)! })
  const texts = new Map<string, string>()
  for (const [name, list] of tables as [string, readonly Variant[]][]) {
    const all = [...(name === 'finishes' ? others.keys() : []), ...list.map((variant) => variant.name)]
    texts.set(name, formatTable(all.map(row), names, name === 'finishes'))
  }
  if (jpeg) texts.set('jpeg', jpeg)
  if (texts.has('finishes')) texts.set('pictures', formatTable(single, ways))
  return texts
}

/** Eight iterations, as the model's defaults have. */
async function backProject(backend: Backend, small: RasterImage, large: RasterImage): Promise<RasterImage> {
  const { width, height } = small
  const options = { batch: 1, width, height, scale: large.width / width, wavelet: false, iterations: 8 }
  const session = await createGraphSession(backend, buildCorrection(options))
  const { sample } = await session.run({ small: imageToTensor(small), large: imageToTensor(large) })
  await session.dispose()
  return tensorToImage(sample as Tensor<'float32'>)
}

/** Bicubic, Lanczos, both with back-projection, and the autoencoder alone where there is an encoder. */
async function waysWithoutModel(backend: Backend, files: ModelFiles) {
  const ways = new Map<string, (small: RasterImage, original: RasterImage) => Promise<RasterImage>>()
  ways.set('bicubic', async (small, original) => resizeImage(small, original, 'bicubic'))
  ways.set('Lanczos', async (small, original) => resizeImage(small, original, 'lanczos'))
  // What back-projection does without a network.
  for (const [name, filter] of [
    ['bicubic', 'bicubic'],
    ['Lanczos', 'lanczos'],
  ] as const)
    ways.set(`${name}, back-projection 8`, (small, original) =>
      backProject(backend, small, resizeImage(small, original, filter)),
    )
  const reconstruction = await createReconstruction(backend, files)
  if (reconstruction) ways.set('reconstruction', (_, original) => reconstruction.reconstruct(original))
  return ways
}
