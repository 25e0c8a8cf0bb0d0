/** The real worker in odd conditions. */
import './odd-conditions.ts'
import '../../dist/runtime-worker.js'
