import { expect, test } from 'vitest'
import type { Client } from '../http/client.ts'
import { defaultRetryPolicy } from '../http/retry.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { fetchUnsized } from './fetch-unsized.ts'

const mebibyte = 2 ** 20
/** What an endless file is given up after here, should nothing else do it. */
const tooMuch = 2000 * mebibyte

/** Fetches a file that has no end, writing it nowhere. @returns What became of it and how much was taken. */
async function fetchEndless(path: string, freeBytes?: (taken: number) => number | undefined) {
  let taken = 0
  let sent = 0
  let cancelled = false
  const piece = new Uint8Array(8 * mebibyte)
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === tooMuch) return controller.close()
      sent += piece.length
      controller.enqueue(piece)
    },
    cancel() {
      cancelled = true
    },
  })
  const client: Client = {
    fetch: async () => new Response(endless),
    origin: 'https://hub.test',
    token: undefined,
    signal: undefined,
    retry: defaultRetryPolicy,
    idleTimeout: 30_000,
    repository: 'a/b',
  }
  const repository = createMemoryStore().repository('a/b')
  const store = { ...repository, ...(freeBytes && { freeBytes: async () => freeBytes(taken) }) }
  const part = {
    ...(await repository.openPart('x')),
    async write(_: number, bytes: Uint8Array) {
      taken += bytes.length
    },
  }
  const task = {
    name: `a/b/${path}`,
    url: 'https://hub.test/x',
    size: undefined,
    hash: undefined,
    key: 'x',
    etag: undefined,
  }
  const error = await fetchUnsized(client, store, part, task, 'disk', () => undefined).catch((reason) => reason)
  return { error, mebibytes: taken / mebibyte, cancelled }
}

test.each(['unet/config.json', 'tokenizer/merges.txt', 'tokenizer/spiece.model', 'unet/x.bin.index.json'])(
  '%s without an end is refused after 64 MiB',
  async (path) => {
    const { error, mebibytes, cancelled } = await fetchEndless(path)
    expect(error).toMatchObject({
      code: 'integrity',
      message: `a/b/${path}: its size is above 64 MiB; expected at most 64 MiB for a file without weights. It was removed. Try again, or another endpoint.`,
    })
    expect(mebibytes).toBe(64)
    expect(cancelled).toBe(true)
  },
)

test('weights without an end leave a reserve', async () => {
  const disk = 1000 * mebibyte
  const { error, mebibytes, cancelled } = await fetchEndless('unet/model.bin', (taken) => disk - taken)
  expect(error).toMatchObject({
    code: 'storage_full',
    message: expect.stringMatching(/^disk is full; 272 MiB more are needed, 264 MiB are free\./),
  })
  expect(mebibytes).toBe(736)
  expect(cancelled).toBe(true)
})

test('weights are taken to their end where there is room, or the store does not know', async () => {
  for (const freeBytes of [() => 600 * mebibyte, () => undefined, undefined]) {
    const { error, mebibytes } = await fetchEndless('unet/model.bin', freeBytes)
    expect([error, mebibytes]).toEqual([tooMuch, tooMuch / mebibyte])
  }
})
