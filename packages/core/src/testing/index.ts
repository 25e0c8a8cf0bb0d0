export * from './differences.ts'
export * from './recorded-tensor.ts'
