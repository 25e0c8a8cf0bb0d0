import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: { name: 'examples/browser-upscale', include: ['test/*.test.ts'], testTimeout: 300_000, hookTimeout: 180_000 },
})
export default config
