import { expect, test } from 'vitest'
import { commands } from 'vitest/browser'

test('in Node, what needs a browser says so; what does not runs', async () => {
  const no = (missing: string) =>
    `backend: @latentkit/backend-web: this package is for browsers, and there is no ${missing} here. In Node use @latentkit/backend-node; where a server renders the page, call it in the page only.`
  expect(await commands.callInNode()).toEqual({
    report: no('location'),
    openModel: no('location'),
    'openModel by address': no('location'),
    'an address opened': no('location'),
    'openModel of a file': 'fine',
    store: no('location'),
    readImage: no('location'),
    'encodeImage as JPEG': no('location'),
    writeImage: no('location'),
    'encodeImage as PNG': 'fine',
  })
})
