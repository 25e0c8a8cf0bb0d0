import { stat } from 'node:fs/promises'
import { LatentkitError, PictureError } from '@latentkit/core'
import { isModelName } from '@latentkit/hub'
import type { Receipt } from '@latentkit/models-ldm'
import { shellWord } from './shell-word.ts'
import { shorten } from './shorten.ts'
import { ownModel, type UpscalerOptions } from './upscaler.ts'

/** What is opened to make a picture again. */
type ReplayModel = Pick<UpscalerOptions, 'model' | 'variant' | 'revision' | 'offline'>

/**
 * The model to make a picture again with. A receipt comes from somebody else: by its word alone latentkit's own model is
 * opened, or one that is kept already under its repository's name; no file of any path, and nothing of the network.
 * @param given what `--model` says
 * @throws PictureError if the receipt names another one, and none is given.
 */
export async function replayModel(receipt: Receipt, given: string | undefined, refusal: Refusal): Promise<ReplayModel> {
  const { name, variant, revision } = receipt.model
  const model = given ?? name
  // latentkit's own has neither.
  if (model === ownModel) return { model }
  // Of a model that is given, the one in the receipt is meant, too; a commit is one of the same repository only.
  if (given !== undefined) return { model, variant, ...(given === name && { revision }) }
  const isRepository = isModelName(name) && !name.includes('://')
  if (!isRepository || (await stat(name).catch(() => undefined))) throw refusal()
  return { model, variant, revision, offline: true }
}

/** Makes the error that says how the receipt's model is opened all the same. */
export type Refusal = (cause?: unknown) => PictureError

/** @param options of the command besides `--model`, by their names without dashes */
export function refusalOf(
  picture: string,
  { model }: Receipt,
  options: Readonly<Record<string, string | undefined>>,
): Refusal {
  const given = Object.entries({ ...options, model: model.name }).filter(([, value]) => value !== undefined)
  const words = [picture, ...given.map(([, value]) => value!)].map(shellWord)
  const flags = ['', ...given.map(([name]) => `--${name} `)]
  const command = `latentkit replay ${words.map((word, i) => `${flags[i]}${word}`).join(' ')}`
  const problem = `its receipt names the model "${shorten(model.name)}", which is not kept here, and no other is opened on a receipt’s word`
  const hint = words.includes(undefined) ? 'If you trust it, give it with --model.' : `If you trust it: ${command}`
  return (cause) => new PictureError({ picture, problem, hint, cause })
}

/** Opens a model by its name alone, `open`; what is not kept is refused. */
export async function unlessOffline<T>(open: Promise<T>, refusal: Refusal): Promise<T> {
  return open.catch((error) => {
    throw LatentkitError.isInstance(error, 'offline') ? refusal(error) : error
  })
}
