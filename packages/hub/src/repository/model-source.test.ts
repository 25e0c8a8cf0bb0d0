import { describe, expect, test } from 'vitest'
import { isModelName, parseModelSource } from './model-source.ts'

const name = 'CompVis/ldm-super-resolution-4x-openimages'
const page = `https://huggingface.co/${name}`
const messageOf = (text: string) => {
  try {
    parseModelSource(text)
  } catch (error) {
    return (error as Error).message
  }
}

test('names, and addresses of folders', () => {
  expect(parseModelSource(name)).toEqual({ host: 'hugging-face', repository: name, id: name })
  expect(parseModelSource('paddle:a/b')).toEqual({ host: 'paddle', repository: 'a/b', id: 'paddle:a/b' })
  const address = 'https://example.org/models/mine'
  for (const end of ['', '/', '/model_index.json']) {
    expect(parseModelSource(address + end)).toEqual({ host: 'address', repository: address, id: address })
  }
  for (const text of ['', 'a', 'a/b/c', '../a', 'a--b/c', 'ftp://example.org/m', `${address}?x=1`]) {
    expect(isModelName(text), text).toBe(false)
    expect(messageOf(text)).toMatch(/^model is .*; expected a repository such as /)
  }
})

describe('a page of the hub', () => {
  test.each([
    page,
    `${page}/`,
    `${page}/tree/main`,
    `${page}/tree/main/`,
    `${page}?library=diffusers`,
    `${page}#usage`,
    `http://www.huggingface.co/${name}`,
    `https://hf.co/${name}`,
    `huggingface.co/${name}`,
  ])('%s is taken as the repository that it shows', (text) => {
    expect(isModelName(text)).toBe(true)
    expect(parseModelSource(text)).toEqual({ host: 'hugging-face', repository: name, id: name })
  })

  test.each([
    [`${page}/tree/v1.0`, `Give "${name}", with the revision "v1.0".`],
    [`${page}/tree/refs%2Fpr%2F1`, `Give "${name}", with the revision "refs/pr/1".`],
    [`${page}/tree/main/unet`, `Give "${name}".`],
    [`${page}/blob/main/unet/diffusion_pytorch_model.bin`, `Give "${name}", or download the file and open it.`],
    [`${page}/resolve/main/v1-5-pruned.ckpt?download=true`, `Give "${name}", or download the file and open it.`],
    [`${page}/commits/main`, `Give "${name}".`],
    [`${page}/discussions`, `Give "${name}".`],
  ])('%s is refused, and the repository told', (text, hint) => {
    expect(isModelName(text)).toBe(false)
    expect(messageOf(text)).toMatch(/^model is ".*; expected a repository such as /)
    expect(messageOf(text)).toContain(hint)
  })

  test('what the hub serves as a folder is one', () => {
    expect(parseModelSource(`${page}/resolve/main`).host).toBe('address')
    expect(parseModelSource('https://huggingface.co.example.org/a/b').host).toBe('address')
  })
})

test.each(['model.ckpt', 'model.safetensors', 'MODEL.CKPT'])('the address of one file, %s, is refused', (file) => {
  expect(isModelName(`https://example.org/${file}`)).toBe(false)
  expect(messageOf(`https://example.org/${file}`)).toMatch(
    / Only folders are fetched: download the file and open it\.$/,
  )
})
