import type { SessionSource } from './backend.ts'
import { isTypedArray } from './dtype.ts'
import { InvalidArgumentError } from './errors/index.ts'

/**
 * What a backend is asked to make a session of, checked and complete.
 * @throws InvalidArgumentError if it is none; its `model` throws one if it gives no bytes.
 */
export function checkedSource(source: SessionSource): Required<SessionSource> {
  const refuse = (argument: string, value: unknown, expected: string, hint?: string): never => {
    throw new InvalidArgumentError({ argument, value, expected, ...(hint !== undefined && { hint }) })
  }
  if (typeof source !== 'object' || source === null) refuse('source', source, 'an object of name, model and weights')
  const { name, weights = {}, model } = source
  if (typeof name !== 'string') refuse('name', name, 'what to call the model, as text')
  if (typeof weights !== 'object' || weights === null) refuse('weights', weights, 'files by their keys')
  const expected = 'a function that gives the bytes of an ONNX file'
  if (typeof model !== 'function')
    refuse('model', model, expected, isTypedArray('Uint8Array', model) ? 'Give () => bytes.' : undefined)
  return {
    name,
    weights,
    model(locations) {
      const bytes = model(locations)
      return isTypedArray('Uint8Array', bytes) ? bytes : refuse('model()', bytes, `${expected}, a Uint8Array`)
    },
  }
}
