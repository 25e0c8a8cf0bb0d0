import { defineConfig, type Options } from 'tsup'

const common: Options = { format: ['esm'], target: 'es2022', sourcemap: true }

export default defineConfig([
  {
    ...common,
    entry: {
      index: 'src/index.ts',
      'runtime-worker': 'src/runtime/runtime-worker.ts',
      'store-worker': 'src/store/store-worker.ts',
    },
    dts: { entry: { index: 'src/index.ts' } },
    clean: ['dist/*.*'],
  },
  {
    // For pages without a bundler: workers know no import maps, so this one brings the runtime's script along.
    ...common,
    entry: { 'runtime-worker': 'src/runtime/runtime-worker.ts' },
    outDir: 'dist/standalone',
    noExternal: [/.*/],
    sourcemap: false,
    clean: true,
  },
])
