import { describe, expect, test } from 'vitest'
import { openModel } from './open-model.ts'

const index = '{"_class_name":"LDMSuperResolutionPipeline"}'
const folder = {
  'model_index.json': new URL('/models/small/model_index.json', location.href),
  'unet/model.safetensors': new URL('/models/small/unet/model.safetensors', location.href),
}

/** Serves those files and counts how often each was asked for. */
function server(files: Record<string, () => Response | Promise<Response>>) {
  const asked: string[] = []
  const fetch = async (url: URL) => {
    asked.push(url.pathname)
    const answer = files[url.pathname.replace('/models/small/', '')]
    if (!answer) throw new Error(`nobody expected ${url}`)
    return answer()
  }
  return { asked, fetch: fetch as unknown as typeof globalThis.fetch }
}

describe('by address', () => {
  test('files are fetched when they are opened, once, and read in parts', async () => {
    const { asked, fetch } = server({ 'unet/model.safetensors': () => new Response(Uint8Array.of(1, 2, 3, 4)) })
    const model = await openModel(folder, { fetch })
    expect(model.name).toBe(new URL('/models/small', location.href).href)
    expect(await model.list()).toEqual(['model_index.json', 'unet/model.safetensors'])
    expect(asked).toEqual([])
    const [file] = await Promise.all([model.open('unet/model.safetensors'), model.open('unet/model.safetensors')])
    expect(file.size).toBe(4)
    expect([...(await file.read(1, 2))]).toEqual([2, 3])
    expect(asked).toHaveLength(1)
    await expect(file.read(2, 3)).rejects.toThrow('unet/model.safetensors: has 4 bytes, 3 at 2 were asked for.')
    await expect(model.open('nothing')).rejects.toThrow('/models/small/nothing: no such file.')
  })

  test('the variant is kept for readers of the weights', async () => {
    expect((await openModel(folder, { variant: 'fp16' })).variant).toBe('fp16')
    expect(await openModel(folder)).not.toHaveProperty('variant')
  })

  test('options may be undefined, and misspelt ones are told', async () => {
    const model = await openModel(folder, {
      name: undefined,
      variant: undefined,
      fetch: undefined,
      onProgress: undefined,
    })
    expect(model.name).toBe(new URL('/models/small', location.href).href)
    const options = { varient: 'fp16' } as object
    await expect(openModel(folder, options)).rejects.toThrow(/^option is "varient"; expected one of name, variant, /)
    await expect(openModel('org/name', options)).rejects.toThrow(/^option is "varient"; expected one of .*variant, /)
  })

  test('a download tells how far it is and can be given up', async () => {
    const body = () => new Response(new Uint8Array(1000), { headers: { 'content-length': '1000' } })
    const seen: unknown[] = []
    const model = await openModel(folder, {
      fetch: server({ 'model_index.json': body }).fetch,
      onProgress: (event) => seen.push(event),
    })
    expect((await model.open('model_index.json')).size).toBe(1000)
    expect(seen.at(-1)).toMatchObject({
      type: 'download',
      file: 'model_index.json',
      receivedBytes: 1000,
      totalBytes: 1000,
      remainingSeconds: 0,
    })
    const sizes = [1000, 500]
    const cut = () => {
      const size = sizes.shift() ?? 1000
      const pieces = new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(size))
          if (size < 1000) controller.error(new TypeError('network error'))
          else controller.close()
        },
      })
      return new Response(pieces, { headers: { 'content-length': '1000' } })
    }
    const again = await openModel(folder, {
      fetch: server({ 'model_index.json': cut, 'unet/model.safetensors': cut }).fetch,
      onProgress: (event) => seen.push(event),
    })
    await again.open('model_index.json')
    await expect(again.open('unet/model.safetensors')).rejects.toThrow('could not be fetched')
    await again.open('unet/model.safetensors')
    expect(seen.at(-1)).toMatchObject({ receivedBytes: 2000, totalBytes: 2000 })
    const signal = AbortSignal.abort(new Error('stop'))
    await expect((await openModel(folder, { signal })).open('model_index.json')).rejects.toThrow('stop')
  })

  test.each([
    [
      'no connection',
      () => Promise.reject(new TypeError('Failed to fetch')),
      /could not be fetched from .*Is there a network/,
    ],
    ['no such file', () => new Response('', { status: 404 }), /the server answered 404 for http/],
    [
      'a page instead of the file',
      () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
      /gave a web page instead of the file/,
    ],
  ])('%s is an error in words, and asking again works', async (_, answer, message) => {
    let first = true
    const { fetch } = server({
      'model_index.json': () => {
        const now = first ? answer() : new Response(index)
        first = false
        return now
      },
    })
    const model = await openModel(folder, { fetch })
    await expect(model.open('model_index.json')).rejects.toThrow(message)
    expect((await model.open('model_index.json')).size).toBe(index.length)
  })
})

test('a page that is not served securely has nowhere to keep a model, and says so', async () => {
  // What such a page lacks.
  const taken = ['storage', 'locks'].map((name) => [name, navigator[name as 'storage']] as const)
  for (const [name] of taken) Object.defineProperty(navigator, name, { value: undefined, configurable: true })
  const error = await openModel('org/name', { endpoint: location.origin }).catch((error) => error)
  for (const [name, value] of taken) Object.defineProperty(navigator, name, { value, configurable: true })
  expect(error).toMatchObject({ code: 'model_files' })
  expect(error.message).toMatch(/^the browser’s storage for this page: cannot be used: there is no private file system/)
})

describe('picked by the user', () => {
  function picked(path: string, content: string): File {
    const file = new File([content], path.split('/').at(-1)!)
    Object.defineProperty(file, 'webkitRelativePath', { value: path })
    return file
  }

  test('an original checkpoint is one file', async () => {
    const model = await openModel([new File(['weights'], 'model.ckpt')])
    expect([model.name, ...(await model.list())]).toEqual(['model.ckpt', 'model.ckpt'])
    expect((await model.open('model.ckpt')).size).toBe(7)
    const addressed = await openModel({ 'a.pt': new Blob(['x']) }, { name: 'mine' })
    expect(addressed.name).toBe('mine')
    await expect(openModel([new File(['x'], 'photo.jpg')])).rejects.toThrow('model: holds no model_index.json')
    await expect(openModel({ 'unet/a.bin': new Blob(['x']) })).rejects.toThrow('holds no model_index.json')
  })

  test('paths begin where model_index.json lies', async () => {
    const model = await openModel([
      picked('downloads/small/unet/config.json', '{}'),
      picked('downloads/small/model_index.json', index),
      picked('downloads/notes.txt', ''),
    ])
    expect(await model.list()).toEqual(['model_index.json', 'unet/config.json'])
    expect(new TextDecoder().decode(await (await model.open('unet/config.json')).read(0, 2))).toBe('{}')
  })

  test('a folder without a model is refused', async () => {
    await expect(openModel([picked('photos/a.png', 'x')])).rejects.toThrow('model: holds no model_index.json.')
    await expect(openModel({})).rejects.toThrow('Give a folder in diffusers layout')
  })
})
