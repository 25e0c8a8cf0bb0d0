import { LatentkitError, weightFileNames } from '@latentkit/core'
import { componentsOf } from '../choose/component-names.ts'
import { NotFoundError } from '../errors/index.ts'
import type { Client } from '../http/client.ts'
import { readHeaders, readJsonAnswer } from '../http/read-answer.ts'
import type { CreateHash } from '../store/streaming-hash.ts'
import { encodePath, type Remote, type RemoteFile } from './remote.ts'

/** Where PaddleNLP keeps its community's models. */
export const paddleEndpoint = 'https://paddlenlp.bj.bcebos.com/models/community'

/** The names that are asked for one by one: not those of torch, which are not there. */
const isPaddleName = (name: string) => !name.includes('pytorch')

/**
 * A model on PaddleNLP's mirror: flat URLs, no listing, no hashes, no revisions. `model_index.json` says what parts there
 * are, and each possible file is asked for by HEAD. What the answers say (path, size, ETag) stands for the commit.
 */
export function createPaddleRemote(
  client: Client,
  endpoint: string,
  repository: string,
  options: { readonly variant: string | undefined; readonly createHash: CreateHash },
): Remote {
  const urlOf = (_commit: string, path: string) => `${endpoint}/${encodePath(repository)}/${encodePath(path)}`
  const ask = async (path: string): Promise<RemoteFile | undefined> => {
    try {
      const headers = await readHeaders(client, urlOf('', path), { subject: { file: path } })
      const length = headers.get('content-length')
      const etag = headers.get('etag')
      return { path, ...(length !== null && { size: Number(length) }), ...(etag !== null && { etag }) }
    } catch (error) {
      // A store without listing answers 403, too, for what it does not have.
      if (LatentkitError.isInstance(error, 'not_found') || LatentkitError.isInstance(error, 'access')) return undefined
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

  const list = async (): Promise<readonly RemoteFile[]> => {
    const index = await ask('model_index.json')
    if (!index) {
      const hint = 'Only models with a model_index.json can be fetched from there.'
      throw new NotFoundError({ what: 'repository', wanted: repository, where: endpoint, hint })
    }
    const { value } = await readJsonAnswer(client, urlOf('', 'model_index.json'))
    const weights = weightFileNames(options.variant).filter(isPaddleName)
    const found = await Promise.all(
      componentsOf((value ?? {}) as Record<string, unknown>).map(async ({ name, className }) =>
        /Scheduler$/.test(className)
          ? [await ask(`${name}/scheduler_config.json`)]
          : [await ask(`${name}/config.json`), await askFirst(weights.map((file) => `${name}/${file}`))],
      ),
    )
    return [index, ...found.flat().filter((file) => file !== undefined)].sort((a, b) => (a.path < b.path ? -1 : 1))
  }
  return {
    async resolve(revision) {
      if (revision !== 'main') throw new NotFoundError({ what: 'revision', wanted: revision, where: endpoint })
      const files = await list()
      const hash = await options.createHash('sha1')
      hash.update(new TextEncoder().encode(JSON.stringify(files.map(({ path, size, etag }) => [path, size, etag]))))
      return { commit: hash.digest(), files }
    },
    list,
    urlOf,
  }
}
