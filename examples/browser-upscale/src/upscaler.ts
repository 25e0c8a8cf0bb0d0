import { createWebBackend, type DeviceReport, openModel, type WebBackend } from '@latentkit/backend-web'
import type { ModelFiles, RasterImage, Size } from '@latentkit/core'
import { hashFile } from '@latentkit/hub'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import {
  LDMSuperResolutionPipeline,
  type ModelIdentity,
  type UpscaleOptions,
  type UpscaleResult,
  watchWeights,
} from '@latentkit/models-ldm'
import { largeModel, openLargeModel } from './large-model.ts'

export type Device = 'auto' | 'webgpu' | 'wasm'

/** Which model runs: the one of this page, the one that is downloaded, or files of a folder that the visitor picked. */
export type Model = 'small' | 'large' | readonly File[]

/** Keeps one backend and one opened model until another is wanted. */
export interface Upscaler {
  /** Finds the device and opens the model, so that the first run begins sooner. */
  prepare(device: Device, model: Model): Promise<{ readonly report: DeviceReport; readonly defaults: Defaults }>
  /** About how many seconds a run would take. Estimates that are given the same timings measure once. */
  estimate(size: Size, options: UpscaleOptions, timings: Map<string, number>): Promise<number>
  run(image: RasterImage, options: UpscaleOptions): Promise<UpscaleResult>
  /** Reads the weights once to tell them by their hashes. */
  identity(): Promise<ModelIdentity>
  /** Lets go of model and backend, such as when the model's files are removed. */
  close(): Promise<void>
}

export type Defaults = LDMSuperResolutionPipeline['defaults']

interface Ready {
  readonly device: Device
  readonly model: Model
  readonly backend: WebBackend
  readonly files: ModelFiles
  readonly pipeline: LDMSuperResolutionPipeline
  readonly identity: () => Promise<ModelIdentity>
}

export function createUpscaler(): Upscaler {
  let current: Promise<Ready | undefined> = Promise.resolve(undefined)

  async function free(ready: Ready | undefined): Promise<undefined> {
    await ready?.backend.dispose()
    await ready?.files.dispose()
    return undefined
  }

  async function open(ready: Ready | undefined, device: Device, model: Model): Promise<Ready> {
    if (ready?.device === device && ready.model === model) return ready
    await free(ready)
    const backend = createWebBackend({ device })
    try {
      const { files, hashes } = watchWeights(await openFiles(model), hashFile)
      const { variant } = nameOf(model)
      const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend, variant })
      const identity = async () => ({ ...nameOf(model), weights: await hashes() })
      return { device, model, backend, files, pipeline, identity }
    } catch (error) {
      await backend.dispose()
      throw error
    }
  }

  async function opened(): Promise<Ready> {
    const ready = await current
    if (!ready) throw new Error('prepare() comes first')
    return ready
  }

  return {
    async prepare(device, model) {
      // One after the other, so that no backend is left behind.
      const next = current.catch(() => undefined).then((ready) => open(ready, device, model))
      current = next
      const { backend, pipeline } = await next
      return { report: await backend.report(), defaults: pipeline.defaults }
    },
    async estimate(size, options, timings) {
      const { pipeline } = await opened()
      return pipeline.estimateSeconds(await pipeline.plan(size, options), { signal: options.signal, timings })
    },
    async run(image, options) {
      return (await opened()).pipeline.upscale(image, options)
    },
    identity: async () => (await opened()).identity(),
    async close() {
      current = current.catch(() => undefined).then(free)
      await current
    },
  }
}

/** As `latentkit replay` asks for the model. */
function nameOf(model: Model): Omit<ModelIdentity, 'weights'> {
  if (model === 'small') return { name: 'ldm-sr-tiny' }
  if (model !== 'large') return { name: model[0]?.webkitRelativePath.split('/')[0] || 'folder' }
  const { name, variant, revision } = largeModel
  return { name, variant, revision }
}

function openFiles(model: Model): Promise<ModelFiles> {
  if (model === 'large') return openLargeModel()
  return openModel(model === 'small' ? modelFiles : model)
}
