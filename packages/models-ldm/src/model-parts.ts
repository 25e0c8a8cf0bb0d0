import type { TensorIndex } from '@latentkit/checkpoints'
import type { ConfigJson } from './config-reader.ts'

/** A configuration, and what errors call it. */
export interface SourcedConfig {
  readonly source: string
  readonly config: ConfigJson
}

/** A network: its configuration and its weights under diffusers' names. */
export interface NetworkPart extends SourcedConfig {
  readonly checkpoint: TensorIndex
}

/** What a model consists of, whichever way it is laid out; nothing is checked yet. */
export interface ModelParts {
  readonly unet: NetworkPart
  readonly vqvae: NetworkPart
  readonly scheduler: SourcedConfig
}
