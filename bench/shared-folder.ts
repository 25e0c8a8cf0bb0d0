import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where the folder `shared` of references is, if it is there: beside the repository. */
export const sharedPath: string = process.env.LATENTKIT_SHARED ?? join(import.meta.dirname, '../../shared')

/** The folder `shared`; without it the benchmark says so and ends. */
export function sharedFolder(): string {
  if (existsSync(sharedPath)) return sharedPath
  console.error('This benchmark needs the folder "shared" beside the repository (or where LATENTKIT_SHARED points).')
  process.exit(1)
}
