/** One file that can be read anywhere without being loaded whole. */
export interface RandomAccessFile {
  /** Path within its model, with `/`, such as `unet/diffusion_pytorch_model.safetensors`. For messages. */
  readonly name: string
  /** Size in bytes. */
  readonly size: number
  /** Exactly `length` bytes from `offset`; rejects with `ModelFilesError` if the file ends before. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** The real path on disk (no symlink in it), where there is one: lets a backend map the weights in place. */
  readonly localPath?: string
}

/** The named files of one model, wherever they lie: a folder, a browser store, memory. */
export interface ModelFiles {
  /** What the user called it: a path or a repository's name. For messages. */
  readonly name: string
  /** All paths, with `/`, sorted. */
  list(): Promise<readonly string[]>
  /** @throws ModelFilesError if there is no such file. */
  open(path: string): Promise<RandomAccessFile>
  dispose(): Promise<void>
}
