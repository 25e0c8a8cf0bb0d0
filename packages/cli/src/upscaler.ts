import { createNodeBackend, type NodeDevice, openModel } from '@latentkit/backend-node'
import { type Backend, InvalidArgumentError, type OnProgress } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline, type ModelIdentity, watchWeights } from '@latentkit/models-ldm'
import { hashWeights } from './hash-weights.ts'

/** Which model runs where, by commander's names. */
export interface UpscalerOptions {
  readonly model?: string | undefined
  readonly variant?: string | undefined
  readonly revision?: string | undefined
  /** Opens only what is kept already. */
  readonly offline?: boolean | undefined
  readonly device?: NodeDevice | undefined
}

/** A model ready to make pictures larger. */
export interface Upscaler {
  readonly pipeline: LDMSuperResolutionPipeline
  /** Name and version of what computes. */
  readonly runtime: string
  readonly device: NodeDevice
  /** Reads all weights once to tell them by their hashes. */
  identity(): Promise<ModelIdentity>
  dispose(): Promise<void>
}

/** What the model that comes with latentkit is called. */
export const ownModel = 'ldm-sr-tiny'

/**
 * Opens a model, fetching it if need be.
 * @throws InvalidArgumentError for a variant or revision of latentkit's own, which has none.
 */
export async function openUpscaler(
  { model = ownModel, variant, revision, offline, device = 'cpu' }: UpscalerOptions,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: OnProgress },
): Promise<Upscaler> {
  for (const [argument, value] of Object.entries({ '--variant': variant, '--revision': revision })) {
    if (model === ownModel && value !== undefined)
      throw new InvalidArgumentError({ argument, value, expected: `none with ${ownModel}, which has no others` })
  }
  const backend: Backend = createNodeBackend({ device })
  try {
    const source = model === ownModel ? modelFiles : model
    const opened = await openModel(source, { variant, revision, offline, signal, onProgress })
    const { files, hashes } = watchWeights(opened, hashWeights)
    const { commit } = opened as { commit?: string }
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend, variant, onProgress })
    const { runtime } = await backend.capabilities()
    return {
      pipeline,
      runtime,
      device,
      identity: async () => ({
        name: model,
        ...(variant && { variant }),
        ...(commit && { revision: commit }),
        weights: await hashes(),
      }),
      dispose: () => backend.dispose(),
    }
  } catch (error) {
    await backend.dispose()
    throw error
  }
}
