import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readImage, writeImage } from '@latentkit/backend-node'
import { rasterImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { expect, test } from 'vitest'
import { fixturesFolder } from './shared-fixture.ts'

/** Programs of the README, in order. */
const programs = [
  ...(await readFile(new URL('../README.md', import.meta.url), 'utf8')).matchAll(/```js\n(import [\s\S]*?)```/g),
]
  .map(([, program]) => program!)
  .filter((program) => program.includes('writeImage'))

/** Runs a program where it finds the packages, and gives the picture that it made. */
async function run(program: string, made: string) {
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname })
  return readImage(made)
}

test('the programs of the README run', async () => {
  expect(programs).toHaveLength(2)
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const inFolder = (program: string, names: readonly string[]) =>
    names.reduce((text, name) => text.replaceAll(`'${name}`, `'${join(folder, name)}`), program)
  try {
    await writeImage(join(folder, 'photo.jpg'), rasterImage(12, 8, 3, new Uint8Array(12 * 8 * 3)))
    const upscale = programs[0]!.replace("'model-folder'", JSON.stringify(modelFiles))
    const large = await run(inFolder(upscale, ['photo.jpg', 'photo-4x.png']), join(folder, 'photo-4x.png'))
    expect(large).toMatchObject({ width: 48, height: 32 })

    await cp(join(fixturesFolder, 'kl_main'), join(folder, 'vae-folder'), { recursive: true })
    const decoded = await run(
      inFolder(programs[1]!, ['vae-folder', 'photo.jpg', 'decoded.png']),
      join(folder, 'decoded.png'),
    )
    expect(decoded).toMatchObject({ width: 12, height: 8 })
  } finally {
    await rm(folder, { recursive: true })
  }
})
