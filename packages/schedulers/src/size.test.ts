import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { schedulerClasses } from './diffusers/classes.ts'

const src = dirname(fileURLToPath(import.meta.url))

/** Kilobytes, minified and gzipped, of a program in the source's folder; `@latentkit/core` aside. */
async function bundledSize(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: src, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['@latentkit/core'],
    write: false,
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length / 1000
}

it('bundles small: the whole package, and any scheduler alone', async () => {
  // The built package, which is what bundlers get: what the source leaves out of a program, that might not.
  expect(await bundledSize("export * from '../dist/index.js'")).toBeLessThan(25)
  const names = new Set(Object.values(schedulerClasses).map(({ name }) => name))
  for (const name of names) {
    const program = `import { createScheduler, ${name} } from '../dist/index.js'; console.log(createScheduler(${name}).plan({ steps: 9 }))`
    expect(await bundledSize(program), name).toBeLessThan(8)
  }
})

// The budget of decision 10: lines that hold code; comments and blank lines are free.
it('stays under 2,500 lines of code', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  const own = files.filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|fixture/.test(file))
  const lines = own.flatMap((file) => readFileSync(join(src, file), 'utf8').split('\n'))
  const code = lines.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line))
  expect(code.length).toBeGreaterThan(1000)
  expect(code.length).toBeLessThan(2500)
})
