/** Keeps model and device as they are while a run uses them. */
export function lockSetup(locked: boolean): void {
  for (const control of document.querySelectorAll<HTMLInputElement>('[data-setup]')) control.disabled = locked
}
