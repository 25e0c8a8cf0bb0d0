/** A component that a pipeline's `model_index.json` names. */
export interface NamedComponent {
  readonly name: string
  /** Such as `UNet2DModel`. */
  readonly className: string
}

/** The components of a pipeline, of its parsed `model_index.json`; those it declares but has not are left out. */
export function componentsOf(index: Readonly<Record<string, unknown>>): readonly NamedComponent[] {
  return Object.entries(index).flatMap(([name, value]) => {
    const isComponent = !name.startsWith('_') && Array.isArray(value) && typeof value[1] === 'string'
    return isComponent && /^[\w-]+$/.test(name) ? [{ name, className: value[1] as string }] : []
  })
}
