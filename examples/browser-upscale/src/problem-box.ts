import { element } from './elements.ts'
import type { Explanation } from './explain-error.ts'

/** What a problem is about: something else that works now does not take it back. */
export type ProblemSubject = 'device' | 'model' | 'picture' | 'run'

let shown: ProblemSubject | undefined

export function showProblem(subject: ProblemSubject, { title, text }: Explanation): void {
  shown = subject
  const box = element('error')
  box.replaceChildren(Object.assign(document.createElement('strong'), { textContent: title }), text)
  box.hidden = false
  // The button that was pressed may be far from it. The focus stays there: the box is read out as an alert.
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  box.scrollIntoView({ block: 'nearest', behavior: still ? 'auto' : 'smooth' })
}

/** Takes back what was said about these subjects. */
export function clearProblem(...subjects: readonly ProblemSubject[]): void {
  if (shown === undefined || !subjects.includes(shown)) return
  shown = undefined
  element('error').hidden = true
  element('error').replaceChildren()
}
