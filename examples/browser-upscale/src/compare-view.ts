import { element, say, show } from './elements.ts'
import { moveFocus } from './focus.ts'
import { fit, keepInSight, type View, zoomAt } from './view.ts'
import { listenToView } from './view-gestures.ts'

/** A picture ready to be drawn, at its own size. */
export type Layer = ImageBitmap

/** Shows one picture, or two with a movable border between them. */
export interface CompareView {
  /** Before, and after where there is one already; both are drawn at the same size, and closed when others take their place. */
  show(before: Layer, after?: Layer, options?: ShowOptions): void
}

export interface ShowOptions {
  readonly keepView?: boolean
  /** True if the layer before is a reduced copy of the visitor's picture. */
  readonly reduced?: boolean
  readonly afterName?: string
}

export function createCompareView(): CompareView {
  const canvas = element<HTMLCanvasElement>('canvas')
  const split = element<HTMLInputElement>('split')
  const context = canvas.getContext('2d')!
  let before: Layer | undefined
  let after: Layer | undefined
  let view: View = { scale: 1, x: 0, y: 0 }
  let fitted = true
  let drawing: number | undefined

  /** Both layers are laid over the size of the result. */
  const contentSize = () => ({ width: 4 * (before?.width ?? 1), height: 4 * (before?.height ?? 1) })
  const stageSize = () => ({ width: canvas.clientWidth, height: canvas.clientHeight })

  function draw(): void {
    drawing = undefined
    const ratio = devicePixelRatio
    const { width, height } = stageSize()
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio)
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio)
    if (!before || width === 0) return
    // The stage may have become smaller.
    view = fitted ? fit(contentSize(), stageSize()) : keepInSight(view, contentSize(), stageSize())
    tellFitted()
    canvas.classList.toggle('zoomed', !fitted)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const border = after ? (Number(split.value) / 100) * width : width
    drawLayer(before, 0, border)
    if (after) drawLayer(after, border, width)
  }

  function drawLayer(layer: Layer, left: number, right: number): void {
    const { width, height } = contentSize()
    context.save()
    context.beginPath()
    context.rect(left, 0, right - left, canvas.clientHeight)
    context.clip()
    context.imageSmoothingQuality = 'high'
    // Close up, single pixels of the result are shown as they are.
    context.imageSmoothingEnabled = layer === before || view.scale < 3
    context.drawImage(layer, view.x, view.y, width * view.scale, height * view.scale)
    context.restore()
  }

  function redraw(): void {
    if (drawing === undefined) drawing = requestAnimationFrame(draw)
  }

  function change(next: View): void {
    view = keepInSight(next, contentSize(), stageSize())
    // Zoomed out all the way it is fitted again, and swipes and the wheel are the page's.
    fitted = next.scale <= fit(contentSize(), stageSize()).scale
    redraw()
  }

  /** What would change nothing cannot be pressed. */
  function tellFitted(): void {
    for (const id of ['zoom-out', 'zoom-fit']) {
      if (fitted) moveFocus(id, 'zoom-in')
      element<HTMLButtonElement>(id).disabled = fitted
    }
  }

  listenToView(canvas, { current: () => view, isFitted: () => fitted, change, fit: fitAgain })
  function fitAgain(): void {
    fitted = true
    redraw()
  }
  const centre = () => ({ x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 })
  element('zoom-in').addEventListener('click', () => change(zoomAt(view, centre(), 1.5)))
  element('zoom-out').addEventListener('click', () => change(zoomAt(view, centre(), 1 / 1.5)))
  element('zoom-fit').addEventListener('click', fitAgain)
  split.addEventListener('input', redraw)
  new ResizeObserver(redraw).observe(canvas)

  return {
    show(newBefore, newAfter, { keepView = false, reduced = false, afterName = 'After' } = {}) {
      for (const old of [before, after]) if (old !== newBefore && old !== newAfter) old?.close()
      before = newBefore
      after = newAfter
      fitted = keepView ? fitted : true
      show('drop', false)
      show('viewer', true)
      show('below', true)
      for (const id of ['split-label', 'badge-before', 'badge-after']) show(id, after !== undefined)
      say('badge-before', reduced ? 'Before, reduced' : 'Before')
      say('badge-after', afterName)
      canvas.setAttribute(
        'aria-label',
        after
          ? 'Left the small picture, right the enlarged one. Plus and minus zoom, arrow keys move, 0 fits.'
          : 'The small picture. Plus and minus zoom, arrow keys move, 0 fits.',
      )
      redraw()
    },
  }
}
