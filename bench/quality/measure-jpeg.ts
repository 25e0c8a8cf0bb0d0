import { encodeImage, readImage } from '@latentkit/backend-node'
import { type RasterImage, resizeImage } from '@latentkit/core'
import type { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { measureVariants } from './measure-variants.ts'
import { type Figures, measure } from './metrics.ts'
import type { PictureSet } from './pictures.ts'
import { formatTable } from './table.ts'
import type { Variant } from './variants.ts'

/** How the small picture was kept: as it is, or as JPEG of a quality. */
const kept = ['PNG', 95, 85, 75, 50] as const

const variants: readonly Variant[] = [0, 1, 2, 4, 8].map((backProjection) => ({
  name: `model, back-projection ${backProjection}`,
  sampling: {},
  finish: { colour: 'none', backProjection },
}))

/** A Markdown table: back-projection fits a result to the small picture, with all that JPEG has done to it. */
export async function measureJpeg(pipeline: LDMSuperResolutionPipeline, sets: readonly PictureSet[]): Promise<string> {
  const rows = new Map<string, Map<string, Figures[]>>()
  const note = (name: string, column: string, image: RasterImage, original: RasterImage) => {
    const row = rows.get(name) ?? new Map<string, Figures[]>()
    rows.set(name, row.set(column, [...(row.get(column) ?? []), measure(image, original)]))
  }
  for (const { name, original } of sets.flatMap(({ pictures }) => pictures)) {
    const clean = resizeImage(original, { width: original.width / 4, height: original.height / 4 }, 'bicubic')
    for (const quality of kept) {
      const column = quality === 'PNG' ? 'PNG' : `JPEG ${quality}`
      const small = quality === 'PNG' ? clean : await readImage(await encodeImage(clean, '.jpg', { quality }))
      note('bicubic', column, resizeImage(small, original, 'bicubic'), original)
      for (const [variant, image] of await measureVariants(pipeline, small, variants))
        note(variant.name, column, image, original)
    }
    console.error(`measured ${name} as JPEG`)
  }
  const columns = kept.map((quality) => (quality === 'PNG' ? 'PNG' : `JPEG ${quality}`))
  return formatTable(
    [...rows].map(([name, sets]) => ({ name, sets })),
    columns,
  )
}
