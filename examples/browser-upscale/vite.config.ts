import { readFile } from 'node:fs/promises'
import { defineConfig, type Plugin, type UserConfig } from 'vite'

/** Threads share memory, which browsers allow only in pages served with these headers; the service worker adds them elsewhere. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/** Where the model to be downloaded comes from. For a mirror set `VITE_HUB_ENDPOINT`, and its file servers in `HUB_HOSTS`. */
const hubHosts =
  process.env.HUB_HOSTS ??
  process.env.VITE_HUB_ENDPOINT ??
  'https://huggingface.co https://*.huggingface.co https://*.hf.co'

const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "img-src 'self' blob: data:",
  `connect-src 'self' blob: data: ${hubHosts}`,
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const config: UserConfig = defineConfig({
  base: './',
  // The runtime and the model find their files by their own places, which pre-bundling would change.
  optimizeDeps: { exclude: ['onnxruntime-web', '@latentkit/backend-web', '@latentkit/ldm-sr-tiny'] },
  worker: { format: 'es' },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: { headers: isolation },
  preview: { headers: isolation },
  plugins: [strictPage(), serviceWorker()],
})
export default config

/** The built page can talk to nobody but its own server and the hub of the model. */
function strictPage(): Plugin {
  return {
    name: 'strict-page',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' },
    ],
  }
}

/** Tells the service worker which files to keep. The runtime's builds are large: the one in use is kept when it is fetched. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    async generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter((name) => !name.endsWith('.wasm') && !name.endsWith('.map'))
      const source = await readFile(new URL('src/service-worker.js', import.meta.url), 'utf8')
      const list = JSON.stringify(
        ['./', 'sample.png', 'icon.svg', ...files.filter((name) => name !== 'index.html')].sort(),
      )
      this.emitFile({
        type: 'asset',
        fileName: 'service-worker.js',
        source: source.replace("['./']", () => list),
      })
    },
  }
}
