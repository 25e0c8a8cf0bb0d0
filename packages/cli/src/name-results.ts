import { basename, extname, join, parse, resolve } from 'node:path'

/** A picture, and the file that its result becomes, or the folder that it goes into under a name of our making. */
export type Place = { readonly input: string } & ({ readonly output: string } | { readonly folder: string })

/** A picture and its result. */
export interface NamedResult {
  readonly input: string
  readonly output: string
  /** The other name that the result has where other pictures are given beside it. */
  readonly otherOutput?: string
}

/**
 * Names results after their pictures: photo.jpg → photo-4x.png. Where pictures differ in their ending only, it tells them apart:
 * photo-jpg-4x.png, photo-webp-4x.png.
 */
export function nameResults(places: readonly Place[], addition: string, format: string): readonly NamedResult[] {
  const ending = ({ input }: Place) => extname(input).slice(1).toLowerCase()
  const named = (place: Place, told = '') =>
    'output' in place
      ? place.output
      : join(place.folder, `${parse(basename(place.input)).name}${told && `-${told}`}-${addition}.${format}`)
  // Not every disk tells capital letters from small ones.
  const key = (place: Place) => resolve(named(place)).toLowerCase()
  const endings = new Map<string, Set<string>>()
  for (const place of places) endings.set(key(place), (endings.get(key(place)) ?? new Set()).add(ending(place)))
  return places.map((place) => {
    const names = [named(place), named(place, ending(place))] as const
    const [output, otherOutput] = endings.get(key(place))!.size > 1 ? names.toReversed() : names
    return { input: place.input, output: output!, ...(otherOutput !== output && { otherOutput: otherOutput! }) }
  })
}
