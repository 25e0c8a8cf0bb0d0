import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ModelFiles, ModelFilesError } from '@latentkit/core'
import { openDiskFile } from './disk-file.ts'

/**
 * Opens a model: a folder in diffusers layout (the one that holds `model_index.json`), or the file URLs of a model that
 * is shipped as an npm package, such as `modelFiles` of `@latentkit/ldm-sr-tiny`.
 * @throws ModelFilesError if there is no such folder, or it holds no model.
 */
export async function openModel(source: string | Readonly<Record<string, URL>>): Promise<ModelFiles> {
  return typeof source === 'string' ? openFolder(source) : openUrls(source)
}

async function openFolder(folder: string): Promise<ModelFiles> {
  const status = await stat(folder).catch(() => undefined)
  if (!status) {
    const hint = /^[\w.-]+\/[\w.-]+$/.test(folder)
      ? 'Models are not downloaded by name yet: download the repository and give the path of its folder.'
      : 'Give the path of a folder in diffusers layout, the one that holds model_index.json.'
    throw new ModelFilesError({ path: folder, problem: 'no such folder', hint })
  }
  if (!status.isDirectory()) {
    const hint = 'Give the path of a folder in diffusers layout, the one that holds model_index.json.'
    throw new ModelFilesError({ path: folder, problem: 'is a file, not a model folder', hint })
  }
  return {
    name: folder,
    async list() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => !entry.isDirectory())
      return files
        .map((entry) =>
          relative(folder, join(entry.parentPath ?? entry.path, entry.name))
            .split(sep)
            .join('/'),
        )
        .sort()
    },
    open: (path) => openDiskFile(join(folder, path), path),
    async dispose() {},
  }
}

function openUrls(urls: Readonly<Record<string, URL>>): ModelFiles {
  const paths = Object.keys(urls).sort()
  const name = urls['model_index.json'] ? fileURLToPath(new URL('.', urls['model_index.json'])) : 'model'
  return {
    name,
    list: async () => paths,
    async open(path) {
      const url = urls[path]
      if (!url) throw new ModelFilesError({ path: `${name}${path}`, problem: 'no such file' })
      return openDiskFile(fileURLToPath(url), path)
    },
    async dispose() {},
  }
}
