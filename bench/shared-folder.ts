import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The folder `shared` of references beside the repository; without it the benchmark says so and ends. */
export function sharedFolder(): string {
  const folder = process.env.LATENTKIT_SHARED ?? join(import.meta.dirname, '../../shared')
  if (existsSync(folder)) return folder
  console.error('This benchmark needs the folder "shared" beside the repository (or where LATENTKIT_SHARED points).')
  process.exit(1)
}
