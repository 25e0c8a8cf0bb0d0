import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', 'runtime-worker': 'src/runtime/runtime-worker.ts' },
  format: ['esm'],
  target: 'es2022',
  dts: { entry: { index: 'src/index.ts' } },
  sourcemap: true,
  clean: true,
})
