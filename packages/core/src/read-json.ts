import { ModelFilesError } from './errors/index.ts'
import type { ModelFiles } from './model-files.ts'

/** Largest configuration file read, in bytes; real ones have a few thousand. */
const maximumSize = 4 * 2 ** 20

/** A string, also one that nobody ends: else each quote in it would be the beginning of another search to the end. */
const stringOrBareWord = /("(?:[^"\\]|\\[\s\S])*(?:"|\\?$))|-?\bInfinity\b|\bNaN\b/g

/**
 * Reads a JSON file of a model as an object.
 *
 * Parity: Python writes the bare words `Infinity`, `-Infinity` and `NaN`, which JSON forbids; they are read as strings.
 * @throws ModelFilesError if the file is missing, too large or holds no JSON object.
 */
export async function readJson(files: ModelFiles, path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = await files.open(path)
  const where = `${files.name}/${path}`
  if (file.size > maximumSize) {
    throw new ModelFilesError({ path: where, problem: `${file.size} bytes are too many for a configuration` })
  }
  const text = new TextDecoder().decode(await file.read(0, file.size))
  let value: unknown
  try {
    value = JSON.parse(text.replace(stringOrBareWord, (word, quoted) => quoted ?? `"${word}"`))
  } catch (cause) {
    throw new ModelFilesError({
      path: where,
      problem: 'is not JSON',
      hint: JSON.stringify((cause as Error).message).slice(1, -1),
      cause,
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ModelFilesError({ path: where, problem: 'holds no JSON object' })
  }
  return value as Record<string, unknown>
}
