import { CheckpointError, LatentkitError, memoryFile } from '@latentkit/core'
import { expect, test } from 'vitest'
import { randomBelow } from '../random-fixture.ts'
import { fixture, fixtureBytes } from '../shared-fixture.ts'
import { readZip } from './read-zip.ts'
import { type FixtureEntry, type ZipFixtureOptions, zipBytes } from './write-zip-fixture.ts'
import { inflatedFile, readZipEntry, zipEntryOffset } from './zip-entry-bytes.ts'

const a = Uint8Array.of(1, 2, 3)
const zeros = new Uint8Array(100_000)
const file = (entries: FixtureEntry[], options: ZipFixtureOptions = {}) =>
  memoryFile('w.zip', zipBytes(entries, options))

/** Reads an archive whole. */
async function readAll(archive: ReturnType<typeof memoryFile>): Promise<Record<string, Uint8Array>> {
  const contents: Record<string, Uint8Array> = {}
  for (const entry of (await readZip(archive)).values()) contents[entry.name] = await readZipEntry(archive, entry)
  return contents
}

test('stored, deflated and 64-bit entries are read', async () => {
  const entries = [
    { name: 'a', data: a },
    { name: 'b/u', data: zeros, deflate: true },
    { name: 'c', data: a, zip64: true },
    { name: 'empty', data: new Uint8Array(0) },
  ]
  const expected = { a, 'b/u': zeros, c: a, empty: new Uint8Array(0) }
  expect(await readAll(file(entries))).toEqual(expected)
  expect(await readAll(file(entries, { zip64: true }))).toEqual(expected)
  expect(await readAll(file(entries, { comment: 'PK\x05\x06 of something' }))).toEqual(expected)
  expect(await readAll(file([]))).toEqual({})
})

test('an archive of torch is read, every CRC-32 right', async () => {
  const contents = await readAll(fixture('odd_tensors/odd.zip.pt'))
  expect(Object.keys(contents)).toHaveLength(19)
  expect(contents['odd.zip/version']).toEqual(Uint8Array.of(0x33, 0x0a))
})

test('where a stored entry lies is known without reading it', async () => {
  const archive = file([
    { name: 'x', data: zeros, deflate: true },
    { name: 'a', data: a },
  ])
  const offset = await zipEntryOffset(archive, (await readZip(archive)).get('a')!)
  expect(await archive.read(offset, 3)).toEqual(a)
})

test('a deflated entry is a file that can be read anywhere', async () => {
  const data = Uint8Array.from({ length: 5000 }, (_, i) => i)
  const archive = file([{ name: 'a', data, deflate: true }])
  const inflated = inflatedFile(archive, (await readZip(archive)).get('a')!)
  expect(inflated.size).toBe(5000)
  expect(await inflated.read(4000, 3)).toEqual(data.subarray(4000, 4003))
  await expect(inflated.read(4999, 2)).rejects.toThrow('bytes 4999 to 5001 asked of 5000')
})

const broken: [name: string, entries: FixtureEntry[], options: ZipFixtureOptions, message: string][] = [
  ['a wrong CRC-32', [{ name: 'a', data: a, crc: 1 }], {}, 'has the zip entry "a" with a wrong CRC-32'],
  ['a wrong CRC-32 of a deflated entry', [{ name: 'a', data: a, deflate: true, crc: 1 }], {}, 'with a wrong CRC-32'],
  ['an encrypted entry', [{ name: 'a', data: a, flags: 1 }], {}, 'has the zip entry "a" encrypted'],
  ['an entry encrypted strongly', [{ name: 'a', data: a, flags: 0x40 }], {}, 'has the zip entry "a" encrypted'],
  ['another compression', [{ name: 'a', data: a, method: 12 }], {}, 'compressed in a way other than deflate'],
  [
    'a name twice',
    [
      { name: 'a', data: a },
      { name: 'a', data: a },
    ],
    {},
    'has the zip entry "a" twice',
  ],
  [
    'entries at the same place',
    [
      { name: 'a', data: a },
      { name: 'b', data: a, offset: 0 },
    ],
    {},
    'has the zip entries "a" and "b" overlap',
  ],
  [
    'an entry within another',
    [
      { name: 'a', data: a },
      { name: 'b', data: a, offset: 5 },
    ],
    {},
    'has the zip entries "a" and "b" overlap',
  ],
  ['an entry in the directory', [{ name: 'a', data: a, size: 90, compressedSize: 90 }], {}, 'run into the directory'],
  ['an entry past the end', [{ name: 'a', data: a, offset: 2 ** 31 }], {}, 'run into the directory'],
  [
    'a stored entry of two sizes',
    [{ name: 'a', data: a, size: 4 }],
    {},
    'stored in another number of bytes than it has',
  ],
  ['another name in its header', [{ name: 'a', data: a, localName: 'b' }], {}, 'under another name in its header'],
  ['another length of name', [{ name: 'a', data: a, localName: 'ab' }], {}, 'under another name in its header'],
  ['a header that is none', [{ name: 'a', data: zeros, offset: 60 }], {}, 'run into the directory'],
  [
    'more entries than listed',
    [{ name: 'a', data: a }],
    { entryCount: 0 },
    'bytes after the entries of its zip directory',
  ],
  [
    'fewer entries than listed',
    [{ name: 'a', data: a }],
    { entryCount: 2 },
    'lists 2 zip entries, its directory has 1',
  ],
  ['2^48 entries', [{ name: 'a', data: a }], { entryCount: 2 ** 48, zip64: true }, 'its directory has 1'],
  ['several disks', [{ name: 'a', data: a }], { disk: 1 }, 'is a zip archive of several parts'],
  [
    'more bytes than said',
    [{ name: 'a', data: zeros, deflate: true, size: 10 }],
    {},
    'inflates to more than the 10 bytes it says',
  ],
  [
    'fewer bytes than said',
    [{ name: 'a', data: zeros, deflate: true, size: 100_001 }],
    {},
    'inflates to 100000 bytes, expected 100001',
  ],
  ['a bomb', [{ name: 'a', data: zeros, deflate: true, size: 2 ** 31 }], {}, 'bytes inflate to 2147483648'],
  [
    'a bomb of 64 bits',
    [{ name: 'a', data: zeros, deflate: true, size: 2 ** 52, zip64: true }],
    {},
    'inflate to 4503599627370496',
  ],
  ['what is not deflated', [{ name: 'a', data: Uint8Array.of(255, 255), method: 8 }], {}, 'cannot be inflated'],
]

test.each(broken)('refuses %s', async (_, entries, options, message) => {
  const error = await readAll(file(entries, options)).catch((caught) => caught)
  expect(error).toBeInstanceOf(CheckpointError)
  expect(error.message).toContain(message)
})

test('says of an archive that is cut short that it has no directory', async () => {
  const whole = zipBytes([{ name: 'a', data: a }])
  for (let length = 0; length < whole.length; length++) {
    await expect(readZip(memoryFile('w.zip', whole.slice(0, length)))).rejects.toThrow(CheckpointError)
  }
})

test('whatever happens to an archive, the answer is an index or an error of ours', async () => {
  const below = randomBelow(3)
  const originals = [
    fixtureBytes('odd_tensors/odd.zip.pt'),
    zipBytes(
      [
        { name: 'a', data: zeros, deflate: true },
        { name: 'b', data: a, zip64: true },
      ],
      { zip64: true },
    ),
  ]
  for (let round = 0; round < 1500; round++) {
    const bytes = originals[round % 2]!.slice()
    // Mostly in the directory and the end record, where it matters.
    for (let change = 0; change <= below(4); change++) {
      const at = below(4) === 0 ? below(bytes.length) : bytes.length - 1 - below(Math.min(bytes.length, 900))
      bytes[at] = below(3) === 0 ? 255 : below(256)
    }
    await readAll(memoryFile('w.zip', bytes)).catch((error) => {
      if (!LatentkitError.isInstance(error)) expect.fail(`round ${round}: ${error.stack}`)
    })
  }
})
