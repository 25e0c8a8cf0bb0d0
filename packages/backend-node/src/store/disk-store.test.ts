import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeConformance } from '@latentkit/hub/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDiskStore } from './create-disk-store.ts'
import { lockFile } from './disk-lock.ts'

vi.mock('node:fs/promises', { spy: true })

const isWindows = process.platform === 'win32'
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.resetAllMocks()
  await rm(folder, { recursive: true })
})

const cases = storeConformance(
  async () => createDiskStore(join(folder, 'hub')),
  async (store) => createDiskStore(store.name),
)
for (const { name, run } of cases) test(name, run)

const [id, commit, blob] = ['org/name', 'e'.repeat(40), 'b'.repeat(64)]

test('the layout is that of huggingface_hub, with relative links', async () => {
  const repository = createDiskStore(folder).repository(id)
  const part = await repository.openPart(blob)
  await part.write(0, Buffer.from('hello'))
  await part.saveJournal('{}')
  expect((await readdir(join(folder, 'models--org--name/blobs'))).sort()).toEqual([
    `${blob}.latentkit.incomplete`,
    `${blob}.latentkit.incomplete.json`,
  ])
  await part.commit(blob, 5)
  await repository.link(commit, 'unet/a.bin', blob)
  await repository.writeRef('refs/pr/1', commit)
  const root = join(folder, 'models--org--name')
  expect(await readdir(join(root, 'blobs'))).toEqual([blob])
  const file = join(root, 'snapshots', commit, 'unet/a.bin')
  if (!isWindows) expect(await readlink(file)).toBe(`../../../blobs/${blob}`)
  expect(await readFile(file, 'utf8')).toBe('hello')
  expect(await readFile(join(root, 'refs/refs/pr/1'), 'utf8')).toBe(commit)
  expect((await lstat(join(root, 'blobs', blob))).mode & 0o666).toBe(0o666 & ~process.umask())
  expect(createDiskStore(folder).repository('paddle:org/name')).toBeDefined()
})

test('models of addresses lie beside the others, and are listed by their addresses', async () => {
  const store = createDiskStore(folder)
  for (const address of ['https://example.org:8080/a--b/My_model', 'http://localhost/m']) {
    const repository = store.repository(address)
    const part = await repository.openPart(blob)
    await part.write(0, Buffer.from('hello'))
    await part.commit(blob, 5)
    await repository.link(commit, 'model_index.json', blob)
  }
  expect(await store.repositories()).toEqual(['http://localhost/m', 'https://example.org:8080/a--b/My_model'])
  // No name that a file system refuses, nor one that huggingface_hub would read as another.
  for (const name of await readdir(folder)) expect(name).toMatch(/^(\.locks|models--address--[\w%.]+)$/)
})

test('folders of odd names do not hide the others, and are listed by what finds them again', async () => {
  const odd = ['models--address--%zz', 'models--address--name', 'models--gpt2', 'models--a--b--c']
  const others = ['models--a--b', 'models--address--http%3A%2F%2Flocalhost%2Fm']
  const none = ['models', 'models--', 'models----x', 'models--address--']
  for (const name of [...odd, ...others, ...none]) await mkdir(join(folder, name))
  const store = createDiskStore(folder)
  const ids = ['a/b', 'a/b/c', 'address/%zz', 'address/name', 'gpt2', 'http://localhost/m']
  expect(await store.repositories()).toEqual(ids)
  for (const id of ids) await store.repository(id).remove()
  expect((await readdir(folder)).sort()).toEqual(none)
})

test.skipIf(isWindows)('what Python put there without a listing, or with a broken link, is understood', async () => {
  const root = join(folder, 'models--org--name')
  await mkdir(join(root, 'blobs'), { recursive: true })
  await mkdir(join(root, 'snapshots', commit), { recursive: true })
  await writeFile(join(root, 'blobs', blob), 'hello')
  await symlink(`../../blobs/${blob}`, join(root, 'snapshots', commit, 'a.json'))
  await symlink('../../blobs/gone', join(root, 'snapshots', commit, 'b.json'))
  await writeFile(join(root, 'snapshots', commit, 'copied.json'), '{}')
  await mkdir(join(folder, 'datasets--org--other'))
  await writeFile(join(folder, 'CACHEDIR.TAG'), '')
  const store = createDiskStore(folder)
  expect(await store.repositories()).toEqual([id])
  expect(await store.repository(id).files(commit)).toEqual([
    { path: 'a.json', size: 5, blob },
    { path: 'copied.json', size: 2 },
  ])
})

test('where links are not allowed, a wrong file goes with its blob', async () => {
  const repository = createDiskStore(folder).repository(id)
  const part = await repository.openPart(blob)
  await part.write(0, Buffer.from('hello'))
  await part.commit(blob, 5)
  const root = join(folder, 'models--org--name')
  await mkdir(join(root, 'snapshots', commit), { recursive: true })
  await link(join(root, 'blobs', blob), join(root, 'snapshots', commit, 'a.bin'))
  await repository.writeListing(commit, [{ path: 'a.bin', size: 5, hash: { algorithm: 'sha256', hex: blob } }])
  await repository.removeFile(commit, 'a.bin')
  expect([await repository.files(commit), await repository.blobSize(blob)]).toEqual([[], undefined])
})

test('a file of a snapshot that another program has open is waited for on Windows, or leaves nothing behind', async () => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue('win32')
  const repository = createDiskStore(folder).repository(id)
  const part = await repository.openPart(blob)
  await part.commit(blob, 0)
  const snapshot = join(folder, 'models--org--name/snapshots', commit)
  const refusal = { syscall: 'rename', path: `${snapshot}/a.bin.tmp`, dest: `${snapshot}/a.bin` }
  const refuse = (code: string) =>
    vi.mocked(rename).mockRejectedValueOnce(Object.assign(new Error(code), { code, ...refusal }))
  refuse('EACCES')
  await repository.link(commit, 'a.bin', blob)
  refuse('EXDEV')
  const told = /a\.bin: cannot be written: EXDEV/
  await expect(repository.link(commit, 'b.bin', blob)).rejects.toThrow(told)
  expect(await readdir(snapshot)).toEqual(['a.bin'])
})

test('of two that write the same part the second finds the blob of the first', async () => {
  const repository = createDiskStore(folder).repository(id)
  const [first, second] = [await repository.openPart(blob), await repository.openPart(blob)]
  await first.write(0, Buffer.from('hello'))
  await second.write(0, Buffer.from('hello'))
  await first.commit(blob, 5)
  await second.commit(blob, 5)
  expect(await repository.blobSize(blob)).toBe(5)
  const third = await repository.openPart('c'.repeat(64))
  await rm(join(folder, 'models--org--name/blobs'), { recursive: true })
  await expect(third.commit('c'.repeat(64), 5)).rejects.toThrow(/cannot be written: ENOENT/)
})

test('no path leaves the folder, whoever asks', async () => {
  const repository = createDiskStore(folder).repository(id)
  for (const path of ['../x', '/etc/passwd', 'a/../../x', '']) {
    await expect(repository.link(commit, path, blob)).rejects.toThrow(/is no path within a model/)
    await expect(repository.writeRef(path, commit)).rejects.toThrow(/is no path within a model/)
  }
  await expect(repository.blobSize('../../x')).rejects.toThrow(/is no path/)
})

describe('a disk that refuses', () => {
  test.skipIf(process.platform !== 'linux')('because it is full', async () => {
    await mkdir(join(folder, 'models--org--name/blobs'), { recursive: true })
    await symlink('/dev/full', join(folder, 'models--org--name/blobs', `${blob}.latentkit.incomplete`))
    const part = await createDiskStore(folder).repository(id).openPart(blob)
    await expect(part.write(0, Buffer.from('hello'))).rejects.toMatchObject({ code: 'storage_full' })
    await part.close()
  })

  test.skipIf(process.platform !== 'linux')('because it takes no folders', async () => {
    const repository = createDiskStore('/proc/nowhere/hub').repository(id)
    for (const attempt of [() => repository.writeRef('main', commit), () => repository.lock(blob)]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'model_files' })
    }
    await expect(repository.openPart(blob)).rejects.toMatchObject({ code: 'model_files' })
    await expect(repository.link(commit, 'a.json', blob)).rejects.toMatchObject({ code: 'model_files' })
  })

  test.skipIf(isWindows)('to read: the path is named', async () => {
    const root = join(folder, 'models--org--name')
    await mkdir(join(root, 'refs/main'), { recursive: true })
    await mkdir(join(root, 'trees', `${commit}.json`), { recursive: true })
    await symlink('blobs', join(root, 'blobs'))
    const { readRef, readListing, blobSize, removeFile } = createDiskStore(folder).repository(id)
    const told = (path: RegExp) => ({ code: 'model_files', message: expect.stringMatching(path) })
    await expect(readRef('main')).rejects.toMatchObject(
      told(/refs\/main: cannot be read: EISDIR\. Something else lies/),
    )
    await expect(readListing(commit)).rejects.toMatchObject(told(/trees\/e+\.json: cannot be read: EISDIR/))
    await expect(blobSize(blob)).rejects.toMatchObject(told(/blobs\/b+: cannot be read: ELOOP/))
    await mkdir(join(root, 'snapshots', commit, 'a.json'), { recursive: true })
    await expect(removeFile(commit, 'a.json')).rejects.toMatchObject({ code: 'model_files' })
    await symlink('loop', join(folder, 'loop'))
    const loop = createDiskStore(join(folder, 'loop'))
    await expect(loop.repositories()).rejects.toMatchObject(told(/loop: cannot be read: ELOOP/))
    for (const method of ['commits', 'freeBytes'] as const) {
      await expect(loop.repository(id)[method]!()).rejects.toMatchObject(told(/cannot be read: ELOOP/))
    }
    await expect(loop.repository(id).files(commit)).rejects.toMatchObject(told(/cannot be read: ELOOP/))
    await expect(loop.repository(id).remove()).rejects.toMatchObject(told(/ELOOP/))
  })

  test('because something is in the way', async () => {
    await writeFile(join(folder, 'file'), '')
    const repository = createDiskStore(join(folder, 'file')).repository(id)
    await expect(repository.writeRef('main', commit)).rejects.toMatchObject({ code: 'model_files' })
    expect(await repository.files(commit)).toEqual([])
  })
})

describe('the lock', () => {
  test('of a process that was killed is taken over', async () => {
    const path = join(folder, 'x.lock')
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'])
    const holder = { process: child.pid, host: hostname(), id: '1' }
    await writeFile(path, JSON.stringify(holder))
    const waiting = lockFile(path)
    let isHeld = false
    waiting.then(() => {
      isHeld = true
    })
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(isHeld).toBe(false)
    child.kill('SIGKILL')
    await (await waiting)()
    expect(await readdir(folder)).toEqual([])
  })

  test('of another machine is taken over after a minute of silence only', async () => {
    const path = join(folder, 'x.lock')
    await writeFile(path, JSON.stringify({ process: 1, host: 'elsewhere', id: '1' }))
    await expect(lockFile(path, AbortSignal.timeout(250))).rejects.toThrow(/timeout/)
    const past = new Date(Date.now() - 61_000)
    await utimes(path, past, past)
    await (await lockFile(path))()
  }, 20_000)

  test.each([-3600, 3600])(
    'of another machine whose clock is %d s off is taken over if it gives no sign',
    async (off) => {
      const path = join(folder, 'x.lock')
      await writeFile(path, JSON.stringify({ process: 1, host: 'elsewhere', id: '1' }))
      const beat = () => utimes(path, Date.now() / 1000 + off, Date.now() / 1000 + off)
      await beat()
      const timer = setInterval(() => beat().catch(() => undefined), 40)
      await expect(lockFile(path, AbortSignal.timeout(1000), 300)).rejects.toThrow(/timeout/)
      clearInterval(timer)
      await (await lockFile(path, AbortSignal.timeout(4000), 300))()
    },
  )

  test.skipIf(process.platform !== 'linux')('that cannot be written leaves nothing behind', async () => {
    const code = `
      import { createDiskStore } from '@latentkit/backend-node'
      await createDiskStore(process.argv[1]).repository('org/name').lock('x')`
    // The system lets this process make files, but write nothing in them.
    const limited = ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', code, folder]
    const child = spawn('sh', limited, { cwd: import.meta.dirname })
    let output = ''
    child.stderr.on('data', (text) => {
      output += text
    })
    await once(child, 'close')
    expect(output).toMatch(/cannot be written: EFBIG/)
    expect(await readdir(join(folder, '.locks/models--org--name'))).toEqual([])
  })

  test('of a process of this machine that lives is not taken because the machine slept', async () => {
    const path = join(folder, 'x.lock')
    await writeFile(path, JSON.stringify({ process: process.pid, host: hostname(), id: '1' }))
    const past = new Date(Date.now() - 61_000)
    await utimes(path, past, past)
    await expect(lockFile(path, AbortSignal.timeout(350))).rejects.toThrow(/timeout/)
    // Nor kept for ever: after a restart the number may be that of another process.
    await (await lockFile(path, AbortSignal.timeout(5000), 300))()
  })

  test('is held by one of many that find a dead one', async () => {
    const path = join(folder, 'x.lock')
    await writeFile(path, JSON.stringify({ process: 2 ** 30, host: hostname(), id: '1' }))
    let held = 0
    let most = 0
    const take = async () => {
      const unlock = await lockFile(path)
      held += 1
      most = Math.max(most, held)
      await new Promise((resolve) => setTimeout(resolve, 5))
      held -= 1
      await unlock()
    }
    await Promise.all(Array.from({ length: 8 }, take))
    expect(most).toBe(1)
  })
})
