/** Lets the browser ask before the page is left. Not always: it would keep the page out of the cache for going back. */
export function askBeforeLeaving(ask: boolean): void {
  if (ask) addEventListener('beforeunload', stay)
  else removeEventListener('beforeunload', stay)
}

const stay = (event: Event): void => event.preventDefault()
