import { expect, test } from 'vitest'
import type { SessionSource } from './backend.ts'
import { checkedSource } from './checked-source.ts'
import { InvalidArgumentError } from './errors/index.ts'

const model = () => Uint8Array.of(1, 2)

test('a model without weights is whole', () => {
  const checked = checkedSource({ name: 'm', model })
  expect(checked).toMatchObject({ name: 'm', weights: {} })
  expect(checked.model({})).toEqual(Uint8Array.of(1, 2))
  expect(checkedSource({ name: 'm', model: () => Buffer.from('ab') }).model({})).toHaveLength(2)
})

test('what is none is told', () => {
  const given = (source: unknown) => expect(() => checkedSource(source as SessionSource).model({}))
  given(undefined).toThrow('source is undefined; expected an object of name, model and weights.')
  given({ name: 'm', model: Uint8Array.of(1) }).toThrow(
    'model is a Uint8Array of 1 bytes; expected a function that gives the bytes of an ONNX file. Give () => bytes.',
  )
  given({ name: 'm', model: '/own.onnx' }).toThrow(/^model is "\/own\.onnx"; expected a function .* file\.$/)
  given({ name: 'm', model: async () => model() }).toThrow(
    'model() is a promise, which is to be awaited; expected a function that gives the bytes of an ONNX file, a Uint8Array.',
  )
  given({ model }).toThrow(InvalidArgumentError)
  given({ name: 'm', model, weights: null }).toThrow('weights is null; expected files by their keys.')
})
