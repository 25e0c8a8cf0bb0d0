import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { memoryFile, type RandomAccessFile } from '@latentkit/core'

const shared = process.env.LATENTKIT_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url))

/** True if the large reference files lie beside the repository; tests that need them are skipped otherwise. */
export const hasShared: boolean = existsSync(`${shared}/fixtures`)

/** True if `__fixtures__` has this file. */
export function hasFixture(path: string): boolean {
  return existsSync(new URL(`__fixtures__/${path}`, import.meta.url))
}

/** The bytes of a small reference file that lies in `__fixtures__`. */
export function fixtureBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`__fixtures__/${path}`, import.meta.url)))
}

/** A small reference file that lies in `__fixtures__`. */
export function fixture(path: string): RandomAccessFile {
  return memoryFile(path, fixtureBytes(path))
}

/** A small reference file of JSON. */
export function fixtureJson<T>(path: string): T {
  return JSON.parse(new TextDecoder().decode(fixtureBytes(path))) as T
}

/** The bytes of one of the large reference files, by its path within `shared/fixtures`. */
export function sharedBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(`${shared}/fixtures/${path}`))
}

/** One of the large reference files. */
export function sharedFile(path: string): RandomAccessFile {
  return memoryFile(path, sharedBytes(path))
}
