import type { DType } from './dtype.ts'
import type { RandomAccessFile } from './model-files.ts'
import type { AnyTensor, Tensor } from './tensor.ts'

/** What a backend is able to do. Ask this, never which backend it is. */
export interface BackendCapabilities {
  /** Name and version of what computes, such as `onnxruntime-node 1.30.0`: for receipts. */
  readonly runtime: string
  /** The device that runs, such as `cpu`, `cuda`, `webgpu`. */
  readonly device: string
  /** What networks are computed in: `float32`, and `float16` where the device itself has it. */
  readonly dtypes: readonly ('float32' | 'float16')[]
  /** Memory that a run may take, in bytes, at the time of asking; undefined if it cannot be told. */
  availableMemory(): number | undefined
}

/** An ONNX model and the files that its weights lie in. */
export interface SessionSource {
  /** What to call the model in messages. */
  readonly name: string
  /** The weight files, by whatever keys the model's maker likes. Default: none, for a model that holds all of itself. */
  readonly weights?: Readonly<Record<string, RandomAccessFile>>
  /**
   * The bytes of the ONNX model. Its external initializers name a weight file by `locations[key]`, which the backend
   * chooses so that the runtime finds the file.
   */
  model(locations: Readonly<Record<string, string>>): Uint8Array
}

/** An input or output of a session. */
export interface ValueInfo {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** A model ready to run. Calls are run one after the other, in the order they were made. */
export interface Session {
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  /**
   * Runs once. Inputs are read when it is called, not changed, and may be used again.
   * @throws BackendError if a name, dtype or shape does not fit, or the runtime fails; DisposedError once session or backend are
   *   disposed of; the signal's reason if aborted before the run began.
   */
  run(
    inputs: Readonly<Record<string, Tensor>>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Readonly<Record<string, AnyTensor>>>
  /** Frees the model. Further runs reject with `DisposedError`. Safe to call twice. */
  dispose(): Promise<void>
}

/** Runs ONNX models on some device. Made by the caller and passed in; there is no default one. */
export interface Backend {
  /** For messages, such as `onnxruntime-node`. */
  readonly name: string
  capabilities(): Promise<BackendCapabilities>
  /** @throws InvalidArgumentError for what is no source; BackendError if the runtime refuses the model; the signal's reason if aborted before the session is made, which frees it. */
  createSession(source: SessionSource, options?: { readonly signal?: AbortSignal | undefined }): Promise<Session>
  /** Frees all sessions and whatever runs them. Whatever is asked from then on rejects with `DisposedError`. Safe to call twice. */
  dispose(): Promise<void>
}
