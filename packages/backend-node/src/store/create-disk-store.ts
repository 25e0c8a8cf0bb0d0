import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileStore } from '@latentkit/hub'
import { ifThere, reading } from './disk-problem.ts'
import { createDiskRepository } from './disk-repository.ts'

/**
 * A store on disk in the layout of Python's huggingface_hub, so that one download serves both. Models of PaddleNLP lie
 * there as those of an organisation `paddle`, those of addresses of an organisation `address`.
 * @param folder The cache's folder; it is made when something is written. Default of `openModel`: `HF_HUB_CACHE`.
 */
export function createDiskStore(folder: string): FileStore {
  return {
    name: folder,
    createHash: async (algorithm) => {
      const hash = createHash(algorithm)
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') }
    },
    async repositories() {
      const entries = (await reading(folder, () => ifThere(readdir(folder, { withFileTypes: true })))) ?? []
      return entries.flatMap((entry) => (entry.isDirectory() ? (idOf(entry.name) ?? []) : [])).sort()
    },
    repository(id) {
      const name = folderOf(id)
      return createDiskRepository(join(folder, name), join(folder, '.locks', name))
    },
  }
}

function folderOf(id: string): string {
  if (id.includes('://')) return `models--address--${encodeURIComponent(id).replaceAll('-', '%2D')}`
  return ['models', ...id.replace(/^paddle:/, 'paddle/').split('/')].join('--')
}

function idOf(name: string): string | undefined {
  const [kind, ...parts] = name.split('--')
  if (kind !== 'models' || parts.length === 0 || parts.includes('')) return undefined
  const address = parts.length === 2 && parts[0] === 'address' ? decoded(parts[1]!) : undefined
  // Else it is of an organisation of that name.
  if (address?.includes('://')) return address
  return parts.length === 3 && parts[0] === 'paddle' ? `paddle:${parts.slice(1).join('/')}` : parts.join('/')
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
