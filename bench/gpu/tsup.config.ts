import { fileURLToPath } from 'node:url'
import { defineConfig } from 'tsup'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Programs that need nothing but Node and onnxruntime-node beside them. */
export default defineConfig({
  entry: {
    'node-device': here('node-device.ts'),
    'node-steps': here('node-steps.ts'),
    'node-decoder': here('node-decoder.ts'),
    'node-upscale': here('node-upscale.ts'),
    'web-device': here('web-device.ts'),
    'web-conformance': here('web-conformance.ts'),
    'web-resident': here('web-resident.ts'),
    'web-steps': here('web-steps.ts'),
    'web-worker-thread': here('web-worker-thread.ts'),
    // The thread of the Node backend, which it looks for beside itself.
    'runtime-worker': here('../../packages/backend-node/src/runtime/runtime-worker.ts'),
  },
  outDir: here('../../.gpu/programs'),
  format: ['esm'],
  target: 'node20',
  clean: true,
  noExternal: [/^(?!onnxruntime-node$)/],
  external: ['onnxruntime-node'],
  esbuildOptions(options) {
    // It reads and writes picture files, which is not done here. Anything that is always there may stand for it.
    options.alias = { sharp: 'node:util' }
  },
})
