import { readFile } from 'node:fs/promises'
import { createContext, runInContext } from 'node:vm'
import { expect, test } from 'vitest'

const source = await readFile(new URL('../src/service-worker.js', import.meta.url), 'utf8')

/** The caches of one origin. */
function originCaches() {
  const kept = new Map<string, string[]>()
  return {
    kept,
    keys: async () => [...kept.keys()],
    delete: async (name: string) => kept.delete(name),
    async open(name: string) {
      if (!kept.has(name)) kept.set(name, [])
      return { addAll: async (files: string[]) => void kept.get(name)!.push(...files) }
    },
  }
}

/** What a browser does with a new service worker. */
async function deploy(caches: ReturnType<typeof originCaches>, scope: string, files: readonly string[]): Promise<void> {
  const listeners = new Map<string, (event: object) => void>()
  const surroundings = {
    caches,
    registration: { scope },
    clients: { claim: async () => {} },
    skipWaiting: () => {},
    addEventListener: (type: string, listener: (event: object) => void) => listeners.set(type, listener),
  }
  runInContext(
    source.replace("['./']", () => JSON.stringify(files)),
    createContext(surroundings),
  )
  for (const type of ['install', 'activate']) {
    let done: unknown
    listeners.get(type)!({
      waitUntil(promise: unknown) {
        done = promise
      },
    })
    await done
  }
}

test('a new version removes the caches of older ones at its own address only', async () => {
  const caches = originCaches()
  await deploy(caches, 'https://x.test/a/', ['./', 'a1.js'])
  await deploy(caches, 'https://x.test/', ['./', 'root.js'])
  await deploy(caches, 'https://x.test/a/b/', ['./', 'b.js'])
  caches.kept.set('of something else', [])
  await deploy(caches, 'https://x.test/a/', ['./', 'a2.js'])
  const last = [...caches.kept.values()].map((files) => files.at(-1))
  expect(last).toEqual(['root.js', 'b.js', undefined, 'a2.js'])
})
