import { createRequire } from 'node:module'

/** The version of onnxruntime-node that computes, such as `1.30.0`. */
export function runtimeVersion(): string {
  return (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version
}
