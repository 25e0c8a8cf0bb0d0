import { expect, test } from 'vitest'
import { assertBrowser } from './assert-browser.ts'

// Node's words are in outside-browsers.test.ts.
test('in a worker of a browser it is told what that lacks, and nothing about servers', () => {
  expect(() => assertBrowser('Worker')).not.toThrow()
  expect(() => assertBrowser('NotInServiceWorkers')).toThrow(
    /^@latentkit\/backend-web: there is no NotInServiceWorkers here\. Call it in a page: service workers can start no worker,/,
  )
})
