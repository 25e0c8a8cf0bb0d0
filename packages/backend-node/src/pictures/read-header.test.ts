import { expect, test } from 'vitest'
import { damagedPicture } from './read-header.ts'

// As libvips words it; sharp writes no such file.
test('what the decoder cannot do is not told as damage', () => {
  const cause = new Error('tiff2vips: tiled separate planes not supported')
  expect(damagedPicture('scan.tif', cause).message).toBe(
    'scan.tif: has its colours in tiles of separate planes, which cannot be read. Save it with its samples side by side, or in strips.',
  )
  const threads = damagedPicture('a.png', new Error('glib: Error creating thread: Resource temporarily unavailable'))
  expect(threads.message).toMatch(/^a\.png: cannot be read: the system gives this process no more threads\. Let /)
  expect(damagedPicture('scan.tif', new Error('premature end')).message).toMatch(
    /is damaged or cut off: premature end\.$/,
  )
})
