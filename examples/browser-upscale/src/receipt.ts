import { blobFile, type DeviceReport } from '@latentkit/backend-web'
import { hashFile } from '@latentkit/hub'
import { createReceipt, type ModelIdentity, type Receipt, type UpscaleSettings } from '@latentkit/models-ldm'

/** What a picture of this page was made from and with. */
export interface Made {
  readonly report: DeviceReport
  readonly model: Promise<ModelIdentity>
  readonly file: File
  /** Size that the picture was reduced to first. */
  readonly reducedTo: string | undefined
  readonly settings: UpscaleSettings
  readonly seconds: number
}

/** The receipt of a picture, which `latentkit replay` reads, too. */
export async function describeMade({ report, model, file, reducedTo, settings, seconds }: Made): Promise<Receipt> {
  return createReceipt({
    software: 'latentkit in the browser',
    runtime: `onnxruntime-web ${report.runtimeVersion}`,
    device: report.device,
    model: await model,
    picture: { name: file.name, sha256: await hashFile(blobFile(file.name, file)), ...(reducedTo && { reducedTo }) },
    settings,
    seconds,
  })
}
