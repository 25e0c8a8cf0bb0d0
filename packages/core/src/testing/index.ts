export * from './backend-conformance.ts'
export * from './differences.ts'
export * from './recorded-tensor.ts'
