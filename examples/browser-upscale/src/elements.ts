/** The element with this id; the page has it, or it is a mistake of ours. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no element "${id}"`)
  return found as T
}

export const show = (id: string, visible: boolean): void => {
  element(id).hidden = !visible
}

export const say = (id: string, text: string): void => {
  element(id).textContent = text
}
