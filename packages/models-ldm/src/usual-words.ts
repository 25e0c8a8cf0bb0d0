import { InvalidArgumentError } from '@latentkit/core'
import type { ConfigJson } from './config-reader.ts'

/**
 * A configuration in the words that are read here: diffusers takes names of blocks and activations in other forms, too.
 * @throws InvalidArgumentError for what is no parsed configuration, such as its text, or a promise of it.
 */
export function withUsualWords(json: ConfigJson): ConfigJson {
  if (typeof json !== 'object' || json === null || Array.isArray(json) || 'then' in json) {
    const expected = 'the object that a config.json holds'
    throw new InvalidArgumentError({ argument: 'config', value: json, expected })
  }
  const usual = (value: unknown, change: (text: string) => string) =>
    typeof value === 'string' ? change(value) : value
  const blocks = (key: 'down_block_types' | 'up_block_types') => {
    const types = json[key]
    return Array.isArray(types)
      ? { [key]: types.map((type) => usual(type, (text) => text.replace(/^UNetRes/, ''))) }
      : {}
  }
  const activation = 'act_fn' in json ? { act_fn: usual(json.act_fn, (text) => text.toLowerCase()) } : {}
  return { ...json, ...blocks('down_block_types'), ...blocks('up_block_types'), ...activation }
}
