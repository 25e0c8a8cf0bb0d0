import { readFile } from 'node:fs/promises'
import type { Plugin } from 'vite'
import { isolation } from './isolation.ts'

const folders = ['../../dist/standalone/', '../../node_modules/onnxruntime-web/dist/']

/**
 * Below `/refused-threads/` lie the worker and the runtime, as a server gives them that does not know what `.mjs` is: the
 * script of the runtime's threads has a type that browsers do not start workers from.
 */
export function refusedThreads(): Plugin {
  return {
    name: 'refused-threads',
    configureServer({ middlewares }) {
      middlewares.use('/refused-threads/', async ({ url = '', headers }, response) => {
        const name = url.replace(/^\/|\?.*/g, '')
        const files = folders.map((folder) => readFile(new URL(folder + name, import.meta.url)))
        const file = await Promise.any(files).catch(() => undefined)
        const thread = headers['sec-fetch-dest'] === 'worker' && name.startsWith('ort.')
        const type = name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript'
        response.writeHead(file ? 200 : 404, {
          ...isolation,
          'content-type': thread ? 'application/octet-stream' : type,
          'cache-control': 'no-store',
        })
        response.end(file)
      })
    },
  }
}
