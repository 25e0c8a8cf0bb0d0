/**
 * pnpm bench:quality [--tables finishes,steps,schedulers,jpeg] [--photographs FOLDER] [--model FOLDER …] [--side 256] [--most N] [--panels FOLDER] [--out docs/quality.md]
 * How close the small model's pictures are to the originals: beside bicubic and Lanczos, for every way of finishing, over
 * steps, eta and schedulers, and from small pictures kept as JPEG. Prints tables in Markdown; with --out they replace those between the file's markers.
 */
import { accessSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { measureModel } from './measure-model.ts'
import { openPictureSets } from './pictures.ts'
import { describeSets, replaceTable } from './table.ts'

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: 'finishes,steps,schedulers,jpeg' },
    photographs: { type: 'string', default: process.env.LATENTKIT_PHOTOGRAPHS },
    /** The package's by default; several to compare them. */
    model: { type: 'string', multiple: true, default: [] },
    /** Larger pictures are cut to their middle. */
    side: { type: 'string', default: '256' },
    /** Pictures of each set. */
    most: { type: 'string' },
    panels: { type: 'string' },
    out: { type: 'string' },
  },
})
/** Paths are meant from where the command was typed, not from the folder that pnpm runs it in. */
const here = (path: string | undefined) => path && resolve(process.env.INIT_CWD ?? '.', path)

const out = here(values.out)
// Rather now than after minutes of measuring.
if (out) accessSync(out)

const sets = await openPictureSets({
  photographs: here(values.photographs),
  side: Number(values.side),
  most: values.most === undefined ? Number.POSITIVE_INFINITY : Number(values.most),
})
// One thread gives the same pictures, and wastes least where others are at work on the machine.
const backend = createNodeBackend({ threads: 1 })
for (const folder of values.model.length > 0 ? values.model : [undefined]) {
  const tables = await measureModel({
    backend,
    files: await openModel(here(folder) ?? modelFiles),
    sets,
    tables: values.tables.split(','),
    panels: here(values.panels),
  })
  for (const [name, table] of tables) {
    const text = `${describeSets(sets)}\n\n${table}`
    console.log(`\n${folder ?? ''} ${name}\n\n${text}`)
    if (out) replaceTable(out, name, text)
  }
}
await backend.dispose()
