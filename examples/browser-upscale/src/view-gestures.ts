import { moveBy, type View, zoomAt } from './view.ts'

export interface ViewTarget {
  current(): View
  /** True while the whole picture is in sight: there is nothing to move then. */
  isFitted(): boolean
  change(view: View): void
  fit(): void
}

/**
 * Wheel and pinch zoom, dragging moves, and the keyboard does both. While the picture is fitted, the wheel and the swipes of
 * one finger scroll the page; zooming in begins with two fingers, Ctrl and the wheel, or the buttons.
 */
export function listenToView(canvas: HTMLCanvasElement, target: ViewTarget): void {
  const pointers = new Map<number, { x: number; y: number }>()
  const place = (event: MouseEvent) => {
    const box = canvas.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }

  canvas.addEventListener(
    'wheel',
    (event) => {
      // Browsers tell of two fingers on a touchpad as of Ctrl and the wheel.
      if (target.isFitted() && !event.ctrlKey) return
      event.preventDefault()
      target.change(zoomAt(target.current(), place(event), Math.exp(-event.deltaY / 400)))
    },
    { passive: false },
  )

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId)
    pointers.set(event.pointerId, place(event))
  })
  canvas.addEventListener('pointermove', (event) => {
    const from = pointers.get(event.pointerId)
    if (!from) return
    const to = place(event)
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1]
    pointers.set(event.pointerId, to)
    if (!other && target.isFitted()) return
    if (!other) return target.change(moveBy(target.current(), to.x - from.x, to.y - from.y))
    const distance = (point: typeof to) => Math.hypot(point.x - other.x, point.y - other.y) || 1
    const middle = { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 }
    const moved = moveBy(target.current(), (to.x - from.x) / 2, (to.y - from.y) / 2)
    target.change(zoomAt(moved, middle, distance(to) / distance(from)))
  })
  for (const type of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(type, (event) => pointers.delete(event.pointerId))
  }
  canvas.addEventListener('dblclick', () => target.fit())

  canvas.addEventListener('keydown', (event) => {
    const middle = { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 }
    const step = 48
    const actions: Readonly<Record<string, () => void>> = {
      '+': () => target.change(zoomAt(target.current(), middle, 1.25)),
      '=': () => target.change(zoomAt(target.current(), middle, 1.25)),
      '-': () => target.change(zoomAt(target.current(), middle, 0.8)),
      '0': () => target.fit(),
      ArrowLeft: () => target.change(moveBy(target.current(), step, 0)),
      ArrowRight: () => target.change(moveBy(target.current(), -step, 0)),
      ArrowUp: () => target.change(moveBy(target.current(), 0, step)),
      ArrowDown: () => target.change(moveBy(target.current(), 0, -step)),
    }
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key]
    if (!action) return
    event.preventDefault()
    action()
  })
}
