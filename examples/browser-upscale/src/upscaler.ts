import { createWebBackend, type DeviceReport, openModel, type WebBackend } from '@latentkit/backend-web'
import type { ModelFiles, RasterImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline, type UpscaleOptions, type UpscaleResult } from '@latentkit/models-ldm'
import { largeModel, openLargeModel } from './large-model.ts'

export type Device = 'auto' | 'webgpu' | 'wasm'

/** Which model runs: the one of this page, the one that is downloaded, or files of a folder that the visitor picked. */
export type Model = 'small' | 'large' | readonly File[]

/** Keeps one backend and one opened model until another is wanted. */
export interface Upscaler {
  /** Finds the device and opens the model, so that the first run begins sooner. */
  prepare(device: Device, model: Model): Promise<{ readonly report: DeviceReport; readonly defaults: Defaults }>
  run(image: RasterImage, options: UpscaleOptions): Promise<UpscaleResult>
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
      const files = await openFiles(model)
      const variant = model === 'large' ? largeModel.variant : undefined
      const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend, variant })
      return { device, model, backend, files, pipeline }
    } catch (error) {
      await backend.dispose()
      throw error
    }
  }

  return {
    async prepare(device, model) {
      // One after the other, so that no backend is left behind.
      const opened = current.catch(() => undefined).then((ready) => open(ready, device, model))
      current = opened
      const { backend, pipeline } = await opened
      return { report: await backend.report(), defaults: pipeline.defaults }
    },
    async run(image, options) {
      const ready = await current
      if (!ready) throw new Error('prepare() comes first')
      return ready.pipeline.upscale(image, options)
    },
    async close() {
      current = current.catch(() => undefined).then(free)
      await current
    },
  }
}

function openFiles(model: Model): Promise<ModelFiles> {
  if (model === 'large') return openLargeModel()
  return openModel(model === 'small' ? modelFiles : model)
}
