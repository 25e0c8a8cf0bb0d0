import { LatentkitError } from '@latentkit/core'

/** WebGPU was asked for by name, and there is none for this page. Code `no_webgpu`. */
export class NoWebgpuError extends LatentkitError {
  static override readonly code = 'no_webgpu'
  readonly backend: string

  constructor(backend: string, why: string) {
    super(new.target.code, `${backend}: ${why}.`, { hint: 'Use the device "wasm" or "auto".' })
    this.backend = backend
  }
}
