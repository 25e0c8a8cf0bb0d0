import { expect, test } from 'vitest'
import { createMemoryStore } from '../store/memory-store.ts'
import { openJournal } from './part-journal.ts'

async function partWith(journal?: string) {
  const part = await createMemoryStore().repository('a/b').openPart('key')
  return { ...part, journal }
}

test('what is written is found again', async () => {
  let saved = ''
  const part = {
    ...(await partWith()),
    async saveJournal(text: string) {
      saved = text
    },
  }
  const journal = openJournal(part, 100)
  await journal.add({ start: 50, end: 60 })
  await journal.add({ start: 0, end: 10 })
  await journal.save()
  const again = openJournal({ ...part, journal: saved }, 100)
  expect(again.ranges).toEqual([
    { start: 0, end: 10 },
    { start: 50, end: 60 },
  ])
  expect(again.bytes).toBe(20)
  expect(openJournal({ ...part, journal: saved }, 99).bytes).toBe(0)
})

test.each([
  '',
  'nonsense',
  '{}',
  '{"size":100,"ranges":[{"start":-1,"end":5}]}',
  '{"size":100,"ranges":[{"start":0,"end":101}]}',
  '{"size":100,"ranges":[{"start":5,"end":5}]}',
  '{"size":100,"ranges":[{"start":0,"end":1.5}]}',
  '{"size":100,"ranges":[null]}',
])('a journal that cannot be true counts as empty: %s', async (text) => {
  expect(openJournal(await partWith(text), 100).ranges).toEqual([])
})
