import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { encodeImage, readImage } from '@latentkit/backend-node'
import { afterAll, beforeAll, expect, test } from 'vitest'

let server: ChildProcess
let address: string
beforeAll(async () => {
  server = spawn(process.execPath, [join(import.meta.dirname, 'serve.mjs'), '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(server.stdout!, 'data')
  address = `${line}`.trim()
})
afterAll(() => server.kill())

const post = (body: Uint8Array, signal?: AbortSignal) =>
  fetch(address, { method: 'POST', body: new Uint8Array(body), ...(signal && { signal }) })
const small = (side: number) =>
  encodeImage({ width: side, height: side, channels: 3, data: new Uint8Array(side * side * 3).fill(99) }, '.png')

test('a picture that is posted comes back four times as large', async () => {
  const response = await post(await small(6))
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
  expect(await readImage(await response.arrayBuffer())).toMatchObject({ width: 24, height: 24, channels: 3 })
})

test('what cannot be done is told', async () => {
  const words = await post(Buffer.from('words'))
  expect([words.status, await words.text()]).toEqual([400, expect.stringContaining('picture: is not a picture')])
  expect((await post(await small(1001))).status).toBe(400)
  expect((await fetch(address)).status).toBe(405)
  expect((await post(new Uint8Array(20e6 + 1))).status).toBe(413)
})

test('of many at once those beyond a number are turned away, and those that are given up make room', async () => {
  const picture = await small(64)
  const clients = Array.from({ length: 9 }, () => new AbortController())
  const answers = clients.map(({ signal }) => post(picture, signal))
  const first = await Promise.race(answers)
  expect([first.status, first.headers.get('retry-after')]).toEqual([503, '30'])
  for (const client of clients) client.abort()
  await Promise.allSettled(answers)
  // The server sees it a moment later.
  for (;;) {
    const { status } = await post(await small(6))
    if (status === 200) break
    expect(status).toBe(503)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
})
