/** The worker that reads and reduces pictures: over a large photograph the page would stand still. */
import { readImage } from '@latentkit/backend-web'
import { LatentkitError, type RasterImage, resizeImage, type Size } from '@latentkit/core'

export type PictureRequest =
  | { readonly kind: 'read'; readonly file: File }
  | { readonly kind: 'reduce'; readonly image: RasterImage; readonly size: Size }

export type PictureAnswer =
  | { readonly image: RasterImage }
  | { readonly problem: string /** Of a `LatentkitError`. */; readonly code: string | undefined }

const page = globalThis as unknown as { postMessage(answer: PictureAnswer, moved?: Transferable[]): void }

function work(request: PictureRequest): RasterImage | Promise<RasterImage> {
  return request.kind === 'read' ? readImage(request.file) : resizeImage(request.image, request.size, 'lanczos')
}

addEventListener('message', async ({ data: request }: MessageEvent<PictureRequest>) => {
  try {
    const image = await work(request)
    page.postMessage({ image }, [image.data.buffer as ArrayBuffer])
  } catch (error) {
    const code = LatentkitError.isInstance(error) ? error.code : undefined
    page.postMessage({ problem: error instanceof Error ? error.message : String(error), code })
  }
})
