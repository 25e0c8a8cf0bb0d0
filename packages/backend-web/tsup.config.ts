import { defineConfig, type Options } from 'tsup'

const common: Options = { format: ['esm'], target: 'es2022', sourcemap: true }
/** For pages whose bundler starts no workers, and without one: workers know no import maps, so nothing is left outside. */
const standalone: Options = { ...common, outDir: 'dist/standalone', noExternal: [/.*/], sourcemap: false }

// What `clean` names is spared: these are built at the same time.
export default defineConfig([
  {
    ...common,
    entry: {
      index: 'src/index.ts',
      'runtime-worker': 'src/runtime/runtime-worker.ts',
      'store-worker': 'src/store/store-worker.ts',
    },
    dts: { entry: { index: 'src/index.ts' } },
    clean: ['!standalone/**'],
  },
  {
    // It brings the runtime's scripts along.
    ...standalone,
    entry: { 'runtime-worker': 'src/runtime/runtime-worker.ts' },
    clean: ['!store-worker.js'],
  },
  {
    // One file, which can be served from anywhere.
    ...standalone,
    entry: { 'store-worker': 'src/store/store-worker.ts' },
    splitting: false,
  },
])
