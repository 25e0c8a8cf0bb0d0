import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ModelFiles, ModelFilesError } from '@latentkit/core'
import { ifThere, reading } from '../store/disk-problem.ts'
import { openDiskFile } from './disk-file.ts'
import { listFolder } from './list-folder.ts'

/** A model that is all in one file. */
export async function openSingleFile(path: string): Promise<ModelFiles> {
  const name = basename(path)
  const file = await openDiskFile(path, name)
  return {
    name: path,
    list: async () => [name],
    async open(wanted) {
      if (wanted !== name) throw new ModelFilesError({ path: `${path}/${wanted}`, problem: 'no such file' })
      return file
    },
    async dispose() {},
  }
}

/** A folder in diffusers layout. Its components may be links to folders elsewhere. */
export function openFolder(folder: string): ModelFiles {
  return {
    name: folder,
    list: async () => (await reading(folder, () => listFiles(folder))).sort(),
    open: (path) => openDiskFile(join(folder, path), path),
    async dispose() {},
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const paths = (await listFolder(folder)).map(async ({ path, isLink }) => {
    // Links are followed at the top only, where components lie: what is linked further down could lead in a circle.
    if (!isLink || path.includes('/')) return [path]
    const linked = await ifThere(readdir(join(folder, path), { withFileTypes: true }))
    return linked ? linked.filter((file) => !file.isDirectory()).map(({ name }) => `${path}/${name}`) : [path]
  })
  return (await Promise.all(paths)).flat()
}

/** The files of a model that is shipped as an npm package, by their paths within the model. */
export function openUrls(urls: Readonly<Record<string, URL>>): ModelFiles {
  const paths = Object.keys(urls).sort()
  const name = urls['model_index.json'] ? fileURLToPath(new URL('.', urls['model_index.json'])) : 'model'
  return {
    name,
    list: async () => paths,
    async open(path) {
      const url = urls[path]
      if (!url) throw new ModelFilesError({ path: `${name}${path}`, problem: 'no such file' })
      const place = fileURLToPath(url)
      if (!(await reading(place, () => ifThere(stat(place))))) {
        const hint =
          'Was this program bundled? Leave the package of the model out of the bundle, and install it where the program runs.'
        throw new ModelFilesError({ path: place, problem: 'no such file', hint })
      }
      return openDiskFile(place, path)
    },
    async dispose() {},
  }
}
