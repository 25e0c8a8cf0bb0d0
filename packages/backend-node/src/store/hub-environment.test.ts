import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readHubEnvironment } from './hub-environment.ts'

vi.mock('node:os', { spy: true })

test('the cache lies where Python has it', async () => {
  const cacheDir = async (variables: Record<string, string>) => (await readHubEnvironment(variables)).cacheDir
  expect(await cacheDir({})).toBe(join(homedir(), '.cache/huggingface/hub'))
  expect(await cacheDir({ XDG_CACHE_HOME: '/x' })).toBe(join('/x/huggingface/hub'))
  expect(await cacheDir({ HF_HOME: '~/hf' })).toBe(join(homedir(), 'hf/hub'))
  expect(await cacheDir({ HF_HOME: '/home', HUGGINGFACE_HUB_CACHE: '/old' })).toBe('/old')
  expect(await cacheDir({ HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '$DATA/hub', DATA: '/big' })).toBe('/big/hub')
})

test('names between % are variables on Windows, and only there', async () => {
  const variables = { HF_HUB_CACHE: '%DATA%/$KIND/%NONE%/100%', DATA: 'D:', KIND: 'models' }
  const platform = vi.spyOn(process, 'platform', 'get').mockReturnValue('win32')
  expect((await readHubEnvironment(variables)).cacheDir).toBe('D:/models/%NONE%/100%')
  expect((await readHubEnvironment({ ...variables, HF_HUB_CACHE: '$DATA\\%KIND%' })).cacheDir).toBe('D:\\models')
  platform.mockReturnValue('linux')
  expect((await readHubEnvironment(variables)).cacheDir).toBe('%DATA%/models/%NONE%/100%')
  platform.mockRestore()
})

test('a user without a home has a cache, too', async () => {
  vi.mocked(homedir).mockImplementation(() => {
    throw new Error('uv_os_homedir returned ENOENT')
  })
  expect((await readHubEnvironment({})).cacheDir).toBe(join(tmpdir(), 'latentkit-home/.cache/huggingface/hub'))
  vi.mocked(homedir).mockRestore()
})

test('token, endpoint and offline', async () => {
  const home = await mkdtemp(join(tmpdir(), 'latentkit-'))
  try {
    await writeFile(join(home, 'token'), 'saved\n')
    const read = (variables: Record<string, string>) => readHubEnvironment({ HF_HOME: home, ...variables })
    expect(await read({})).toMatchObject({ token: 'saved', endpoint: undefined, offline: false })
    expect(await read({ HF_TOKEN: ' given ' })).toMatchObject({ token: 'given' })
    expect(await read({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toMatchObject({ token: undefined })
    expect(await read({ HF_TOKEN_PATH: join(home, 'none') })).toMatchObject({ token: undefined })
    expect(await read({ HF_ENDPOINT: 'https://mirror', HF_HUB_OFFLINE: 'yes' })).toMatchObject({
      endpoint: 'https://mirror',
      offline: true,
    })
  } finally {
    await rm(home, { recursive: true })
  }
})
