import type { Backend, Session } from '@latentkit/core'
import type { Graph } from '@latentkit/onnx-graph'
import { buildVQDecoder } from '../autoencoder/vq-model.ts'
import { createGraphSession } from '../create-graph-session.ts'
import type { InputShape } from '../input-shape.ts'
import { buildUNet2D } from '../unet-2d/unet-2d-model.ts'
import type { WeightSource } from '../weight-source.ts'
import { buildCorrection, type CorrectionOptions } from './correction.ts'
import type { ModelComponents } from './model-components.ts'

/** Gives the networks for a size of input. Each stays ready until it is asked for in another size. */
export interface NetworkSessions {
  unet(shape: InputShape, signal?: AbortSignal): Promise<Session>
  decoder(shape: InputShape, signal?: AbortSignal): Promise<Session>
  /** A decoder that does not take the place of the one that is needed later. */
  preview(shape: InputShape, signal?: AbortSignal): Promise<Session>
  correction(options: CorrectionOptions, signal?: AbortSignal): Promise<Session>
  dispose(): Promise<void>
}

export function createNetworkSessions(backend: Backend, { unet, vqvae }: ModelComponents): NetworkSessions {
  const ready = new Map<string, { readonly shape: string; readonly session: Session }>()

  async function open(
    kind: string,
    key: object,
    build: () => Graph,
    weights?: WeightSource,
    signal?: AbortSignal,
  ): Promise<Session> {
    const shape = JSON.stringify(key)
    const before = ready.get(kind)
    if (before?.shape === shape) return before.session
    ready.delete(kind)
    await before?.session.dispose()
    const session = await createGraphSession(backend, build(), weights, { signal })
    ready.set(kind, { shape, session })
    return session
  }

  const decoder = (kind: string) => (shape: InputShape, signal?: AbortSignal) =>
    open(kind, shape, () => buildVQDecoder(vqvae.config, vqvae.weights, shape), vqvae.weights, signal)

  return {
    unet: (shape, signal) =>
      open('unet', shape, () => buildUNet2D(unet.config, unet.weights, shape), unet.weights, signal),
    decoder: decoder('decoder'),
    preview(shape, signal) {
      const later = ready.get('decoder')
      return later?.shape === JSON.stringify(shape) ? Promise.resolve(later.session) : decoder('preview')(shape, signal)
    },
    correction: (options, signal) => open('correction', options, () => buildCorrection(options), undefined, signal),
    async dispose() {
      const sessions = [...ready.values()]
      ready.clear()
      // One that cannot be freed keeps none of the others, nor hides what went wrong before.
      await Promise.allSettled(sessions.map(({ session }) => session.dispose()))
    },
  }
}
