import { test } from 'vitest'

test.skip('runs in a browser: install Chromium (apt-get install chromium) or name it in LATENTKIT_CHROMIUM')
