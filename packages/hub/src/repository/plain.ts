import { LatentkitError, weightFileNames } from '@latentkit/core'
import { componentsOf } from '../choose/component-names.ts'
import { type NetworkError, NotFoundError, RepositoryError } from '../errors/index.ts'
import type { Client } from '../http/client.ts'
import { readHeaders, readJsonAnswer } from '../http/read-answer.ts'
import type { CreateHash } from '../store/streaming-hash.ts'
import { encodePath, type Remote, type RemoteFile } from './remote.ts'
import { shardNames } from './shard-names.ts'

/** Where PaddleNLP keeps its community's models. */
export const paddleEndpoint = 'https://paddlenlp.bj.bcebos.com/models/community'

/** Parts that a model may have; diffusers' largest pipelines have a dozen. Each is asked for under many names. */
const mostParts = 100

/** A model in a folder of a server. */
export interface PlainFolder {
  /** Its address, without a slash at its end. */
  readonly address: string
  /** Names of weight files that need not be asked for. */
  readonly without?: RegExp
  readonly variant: string | undefined
  readonly createHash: CreateHash
}

/**
 * A model in diffusers layout on a server of files, such as PaddleNLP's mirror: no listing, no hashes, no revisions.
 * `model_index.json` says what parts there are, and each possible file is asked for by HEAD. What the answers say (path,
 * size, ETag) stands for the commit.
 */
export function createPlainRemote(client: Client, { address, without, variant, createHash }: PlainFolder): Remote {
  const urlOf = (_commit: string, path: string) => `${address}/${encodePath(path)}`
  const ask = async (path: string): Promise<RemoteFile | undefined> => {
    try {
      // Where a range is asked for, browsers want it as it is: the length and ETag of a compressed answer are others.
      const range = { range: 'bytes=0-' }
      const headers = await readHeaders(client, urlOf('', path), { subject: { file: path }, headers: range })
      // Some servers answer with a page for whatever they do not have.
      if (headers.get('content-type')?.startsWith('text/html')) return undefined
      const size = sizeOf(headers)
      const etag = headers.get('etag')
      return { path, ...(size !== undefined && { size }), ...(etag !== null && { etag }) }
    } catch (error) {
      // A store without listing answers 403, too, for what it does not have.
      const isRefused = [401, 403].includes((error as NetworkError).status ?? 0)
      if (LatentkitError.isInstance(error, 'not_found') || isRefused) return undefined
      throw error
    }
  }
  const askFirst = async (paths: readonly string[]) => {
    for (const path of paths) {
      const file = await ask(path)
      if (file) return file
    }
    return undefined
  }
  /** One file, or the map of a sharded one and the shards. */
  const askWeights = async (folder: string, names: readonly string[]): Promise<readonly (RemoteFile | undefined)[]> => {
    const found = await askFirst(names.map((name) => `${folder}/${name}`))
    if (!found?.path.endsWith('.json')) return [found]
    const { value } = await readJsonAnswer(client, urlOf('', found.path))
    const askShard = async (name: string) => {
      const shard = await ask(`${folder}/${name}`)
      if (shard) return shard
      const hint = `${found.path} names it.`
      throw new NotFoundError({ what: 'file', wanted: `${folder}/${name}`, where: address, hint })
    }
    return [found, ...(await Promise.all(shardNames(value, address, found.path).map(askShard)))]
  }

  const list = async (): Promise<readonly RemoteFile[]> => {
    const index = await ask('model_index.json')
    if (!index) {
      const hint = 'Only models with a model_index.json can be fetched from there.'
      throw new NotFoundError({ what: 'repository', wanted: client.repository, where: address, hint })
    }
    const { value } = await readJsonAnswer(client, urlOf('', 'model_index.json'))
    const weights = weightFileNames(variant).filter((name) => !without?.test(name))
    const parts = componentsOf((value ?? {}) as Record<string, unknown>)
    if (parts.length > mostParts) {
      const problem = `model_index.json names ${parts.length} parts; expected at most ${mostParts}`
      throw new RepositoryError({ repository: client.repository, problem })
    }
    const found = await Promise.all(
      parts.map(async ({ name, className }) =>
        /Scheduler$/.test(className)
          ? [await ask(`${name}/scheduler_config.json`)]
          : [await ask(`${name}/config.json`), ...(await askWeights(name, weights))],
      ),
    )
    // The model's own settings, which diffusers knows nothing of.
    const all = [index, await ask('latentkit.json'), ...found.flat()].filter((file) => file !== undefined)
    return all.sort((a, b) => (a.path < b.path ? -1 : 1))
  }
  return {
    async resolve(revision) {
      if (revision !== 'main') throw new NotFoundError({ what: 'revision', wanted: revision, where: address })
      const files = await list()
      const hash = await createHash('sha1')
      hash.update(new TextEncoder().encode(JSON.stringify(files.map(({ path, size, etag }) => [path, size, etag]))))
      return { commit: hash.digest(), files }
    },
    list,
    urlOf,
  }
}

/** Bytes of a file; undefined where the server does not say, or says those of its compressed form. */
function sizeOf(headers: Headers): number | undefined {
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') return undefined
  const text = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] ?? headers.get('content-length')
  return text === null ? undefined : Number(text)
}
