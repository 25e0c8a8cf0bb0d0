import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('options that npm kept to itself, for want of a --, are told', () => {
  const script = fileURLToPath(new URL('./latentkit.mjs', import.meta.url))
  // What npm gives a script for `npm run upscale photo.jpg -o large.png --steps 8`.
  const env = { ...process.env, npm_lifecycle_event: 'upscale', npm_config_o: 'true', npm_config_steps: 'true' }
  const args = [script, 'upscale', 'photo.jpg', 'large.png', '8']
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  expect(stderr).toBe(
    'latentkit: npm kept -o, --steps to itself. Put -- before the options: npm run upscale -- <picture> -o …\n',
  )
  expect(status).toBe(2)
})
