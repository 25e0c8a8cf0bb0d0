import { createWebBackend, openModel } from '@latentkit/backend-web'
import { afterEach, expect, test } from 'vitest'

afterEach(() => document.querySelector('base')?.remove())

test('addresses are taken from the page’s <base>, as fetch takes them', async () => {
  const base = document.createElement('base')
  base.href = '/below/'
  document.head.append(base)
  const asked: string[] = []
  const fetch = async (url: URL) => {
    asked.push(url.pathname)
    return new Response('{}')
  }
  const model = await openModel({ 'model_index.json': 'model/model_index.json' }, { fetch: fetch as never })
  await model.open('model_index.json')
  expect(asked).toEqual(['/below/model/model_index.json'])

  const wasmFolder = new URL('./ort/', document.baseURI).href
  const sent: unknown[] = []
  const createWorker = () => {
    const worker = Object.assign(new EventTarget(), { terminate: () => {}, postMessage })
    return worker as unknown as Worker
    function postMessage({ id, body }: { readonly id: number; readonly body: unknown }): void {
      sent.push(body)
      worker.dispatchEvent(new MessageEvent('message', { data: { id, answer: {} } }))
    }
  }
  for (const given of ['ort/', 'ort', new URL('ort', document.baseURI)])
    await createWebBackend({ createWorker, wasmFolder: given }).report()
  expect(sent).toEqual(Array(3).fill(expect.objectContaining({ wasmFolder })))
})
