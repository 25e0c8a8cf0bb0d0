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
  /** SHA-256 of its content in hexadecimal digits, where the file was checked when it came and nobody else can have written it since. */
  readonly sha256?: string
}

/** A file that is made from others, and can be kept so that it is made once. */
export interface DerivedFile {
  /** The files that it is made from. */
  readonly sources: readonly RandomAccessFile[]
  /** What is made of them, and by which version of the code: whatever changes the bytes changes this text. */
  readonly recipe: string
  /** Size in bytes. */
  readonly size: number
  /** Makes it: hands over its bytes from first to last. */
  make(write: (bytes: Uint8Array) => Promise<void>): Promise<void>
}

/** The named files of one model, wherever they lie: a folder, a browser store, memory. */
export interface ModelFiles {
  /** What the user called it: a path or a repository's name. For messages. */
  readonly name: string
  /** The weights that were asked for when it was opened, such as `fp16`: what readers take unless told otherwise. */
  readonly variant?: string
  /** All paths, with `/`, sorted. */
  list(): Promise<readonly string[]>
  /** @throws ModelFilesError if there is no such file. */
  open(path: string): Promise<RandomAccessFile>
  /**
   * The derived file, kept from before or made now; undefined if it cannot be kept (no room, no place), so that the caller
   * does without. Absent where nothing is ever kept.
   */
  derive?(file: DerivedFile): Promise<RandomAccessFile | undefined>
  dispose(): Promise<void>
}
