import { renamed } from './entry-views.ts'
import type { TensorIndex } from './tensor-index.ts'

/** What diffusers called the layers of an attention before 2023, and what it calls them since. */
const layers: Readonly<Record<string, string>> = {
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
}

/** A tensor's name as diffusers writes it today: `…attentions.0.query.weight` becomes `…attentions.0.to_q.weight`. */
export function currentName(name: string): string {
  return name.replace(
    /(\battentions\.\d+\.)(query|key|value|proj_attn)(?=\.)/,
    (_, attention: string, layer: string) => attention + layers[layer],
  )
}

/** The index with every tensor under its current name; names that are current stay as they are. */
export function withCurrentNames(index: TensorIndex): TensorIndex {
  const tensors = [...index.tensors.values()].map((entry) => renamed(entry, currentName(entry.name)))
  return Object.freeze({ ...index, tensors: new Map(tensors.map((entry) => [entry.name, entry])) })
}
