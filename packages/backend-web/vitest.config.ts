import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { hubCommands } from './src/__fixtures__/hub-commands.ts'
import { isolation } from './src/__fixtures__/isolation.ts'
import { nodeCommands } from './src/__fixtures__/node-commands.ts'
import { otherServerCommands } from './src/__fixtures__/other-server.ts'
import { refusedThreads } from './src/__fixtures__/refused-threads.ts'

const chromium = process.env.LATENTKIT_CHROMIUM ?? '/usr/bin/chromium'
const packages = new URL('../', import.meta.url)
const args = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // WebGPU on the software adapter.
  '--enable-unsafe-webgpu',
]

/** The tests run in a headless Chromium; without one there is a single test, skipped, that says what to install. */
export default defineConfig(
  existsSync(chromium)
    ? {
        plugins: [refusedThreads()],
        // As in a user's project: the runtime finds its .wasm files and the worker its script only if they stay in place.
        optimizeDeps: { exclude: ['onnxruntime-web', '@latentkit/backend-web'] },
        server: { headers: isolation, fs: { allow: [fileURLToPath(new URL('..', packages))] } },
        resolve: {
          alias: { '@latentkit/backend-web': fileURLToPath(new URL('backend-web/dist/index.js', packages)) },
        },
        test: {
          name: 'packages/backend-web',
          include: ['src/**/*.test.ts'],
          exclude: ['src/no-chromium.test.ts'],
          testTimeout: 180_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            commands: { ...nodeCommands, ...hubCommands, ...otherServerCommands },
            provider: playwright({ launchOptions: { executablePath: chromium, args } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      }
    : { test: { name: 'packages/backend-web', include: ['src/no-chromium.test.ts'] } },
)
