import { createWebBackend, type DeviceReport, openModel, type WebBackend } from '@latentkit/backend-web'
import type { ModelFiles, RasterImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline, type UpscaleOptions, type UpscaleResult } from '@latentkit/models-ldm'

export type Device = 'auto' | 'webgpu' | 'wasm'

/** Which model runs: the one of this page, or files of a folder that the user picked. */
export type Model = 'small' | readonly File[]

/** Keeps one backend and one opened model until another is wanted. */
export interface Upscaler {
  /** Finds the device and opens the model, so that the first run begins sooner. */
  prepare(device: Device, model: Model): Promise<{ readonly report: DeviceReport; readonly defaults: Defaults }>
  run(image: RasterImage, options: UpscaleOptions): Promise<UpscaleResult>
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
  let current: Promise<Ready> | undefined

  async function open(device: Device, model: Model): Promise<Ready> {
    const previous = await current?.catch(() => undefined)
    if (previous?.device === device && previous.model === model) return previous
    await previous?.backend.dispose()
    await previous?.files.dispose()
    const backend = createWebBackend({ device })
    try {
      const files = await openModel(model === 'small' ? modelFiles : model)
      const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
      return { device, model, backend, files, pipeline }
    } catch (error) {
      await backend.dispose()
      throw error
    }
  }

  return {
    async prepare(device, model) {
      current = open(device, model)
      const { backend, pipeline } = await current
      return { report: await backend.report(), defaults: pipeline.defaults }
    },
    async run(image, options) {
      if (!current) throw new Error('prepare() comes first')
      return (await current).pipeline.upscale(image, options)
    },
  }
}
