import { type Backend, MemoryError, type Session } from '@latentkit/core'
import { peakActivationBytes } from '@latentkit/onnx-graph'
import { buildVQDecoder } from '../autoencoder/vq-model.ts'
import { createGraphSession } from '../create-graph-session.ts'
import { buildUNet2D } from '../unet-2d/unet-2d-model.ts'
import type { ModelComponents } from './model-components.ts'

/** Sizes of the latents, which are those of the (padded) small picture. */
export interface LatentShape {
  readonly batch: number
  readonly height: number
  readonly width: number
}

/** Both networks, ready for latents of one shape. */
export interface Networks {
  readonly unet: Session
  readonly decoder: Session
}

/** Keeps the networks of the shape that was used last. */
export interface NetworkSessions {
  /** @throws MemoryError if the shape is too large to be run as a whole. */
  open(shape: LatentShape, signal: AbortSignal | undefined): Promise<Networks>
  dispose(): Promise<void>
}

/** Share of the activations that runtimes take on top for their own work, from measurements at 64 to 256 pixels a side. */
const overhead = 1.5

export function createNetworkSessions(backend: Backend, { unet, vqvae }: ModelComponents): NetworkSessions {
  let current: { readonly key: string; readonly networks: Networks } | undefined

  async function close(): Promise<void> {
    const networks = current?.networks
    current = undefined
    await networks?.unet.dispose()
    await networks?.decoder.dispose()
  }

  return {
    async open(shape, signal) {
      const key = JSON.stringify(shape)
      if (current?.key === key) return current.networks
      await close()
      const unetGraph = buildUNet2D(unet.config, unet.weights, shape)
      const decoderGraph = buildVQDecoder(vqvae.config, vqvae.weights, shape)
      const neededBytes = overhead * (peakActivationBytes(unetGraph) + peakActivationBytes(decoderGraph))
      const availableBytes = (await backend.capabilities()).availableMemory()
      if (availableBytes !== undefined && neededBytes > availableBytes) {
        const what = `A picture of ${shape.width}×${shape.height} pixels`
        throw new MemoryError({ what, neededBytes, availableBytes, hint: 'Reduce the picture, or cut it into parts.' })
      }
      const unetSession = await createGraphSession(backend, unetGraph, unet.weights, { signal })
      try {
        const decoder = await createGraphSession(backend, decoderGraph, vqvae.weights, { signal })
        current = { key, networks: { unet: unetSession, decoder } }
        return current.networks
      } catch (error) {
        await unetSession.dispose()
        throw error
      }
    },
    dispose: close,
  }
}
