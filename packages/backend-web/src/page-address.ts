/**
 * An address as seen from the page, as `fetch` sees it: where the page has a `<base>`, as those of Angular do, from there.
 * A worker has no `<base>`.
 */
export function pageAddress(address: string | URL): URL {
  return new URL(address, typeof document === 'undefined' ? location.href : document.baseURI)
}
