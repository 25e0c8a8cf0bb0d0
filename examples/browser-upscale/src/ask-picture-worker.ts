import { LatentkitError, type RasterImage } from '@latentkit/core'
import type { PictureAnswer, PictureRequest } from './picture-worker.ts'

/** Has a picture made in a worker of its own, which ends with it. @throws What went wrong there. */
export async function askPictureWorker(request: PictureRequest): Promise<RasterImage> {
  const worker = new Worker(new URL('./picture-worker.ts', import.meta.url), { type: 'module' })
  try {
    const answer = await new Promise<PictureAnswer>((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<PictureAnswer>) => resolve(data))
      worker.addEventListener('error', () => reject(new Error('A part of this page could not be loaded')))
      worker.postMessage(request)
    })
    if ('image' in answer) return answer.image
    const { problem, code } = answer
    throw code === undefined ? new Error(problem) : new LatentkitError(code, problem)
  } finally {
    worker.terminate()
  }
}
