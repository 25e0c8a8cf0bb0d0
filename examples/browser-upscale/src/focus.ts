import { element } from './elements.ts'

/** What comes next when a picture is there, best first. */
export const nextWithPicture = ['start', 'reduce-first', 'another'] as const

/** Focuses the first of these that is in sight and can be used. The page stays where it is scrolled to. */
export function focusFirst(...ids: readonly string[]): void {
  for (const id of ids) {
    element(id).focus({ preventScroll: true })
    if (document.activeElement === element(id)) return
  }
}

/** For people at the keyboard: where what they pressed is disappearing, something else takes its place. */
export function moveFocus(from: string, ...to: readonly string[]): void {
  if (document.activeElement === element(from)) focusFirst(...to)
}

/** The same for whatever had the focus: nothing happens if it is still there, or something else has the focus by now. */
export function replaceFocus(before: Element | null, ...to: readonly string[]): void {
  const { activeElement, body } = document
  if (!before || before === body || before.getClientRects().length > 0) return
  if (activeElement === null || activeElement === body || activeElement === before) focusFirst(...to)
}
