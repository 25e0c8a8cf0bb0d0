import { test } from 'vitest'
import { storeConformance } from '../testing/store-conformance.ts'
import { createMemoryStore } from './memory-store.ts'

for (const { name, run } of storeConformance(async () => createMemoryStore())) test(name, run)
