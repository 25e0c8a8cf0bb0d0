import type { Size } from '@latentkit/core'

/** How a picture lies on the stage: the place of its corner and its scale, in CSS pixels. */
export interface View {
  readonly scale: number
  readonly x: number
  readonly y: number
}

interface Point {
  readonly x: number
  readonly y: number
}

const closest = 32
const farthest = 0.05

/** The whole content in the middle of the stage, with a little air. */
export function fit(content: Size, stage: Size): View {
  const scale = Math.min(stage.width / content.width, stage.height / content.height, 4) * 0.96
  return { scale, x: (stage.width - content.width * scale) / 2, y: (stage.height - content.height * scale) / 2 }
}

/** Zooms so that what lies under the point stays there. */
export function zoomAt(view: View, point: Point, factor: number): View {
  // A large picture may lie farther away already, to fit.
  const smallest = Math.min(farthest, view.scale)
  const scale = Math.min(closest, Math.max(smallest, view.scale * factor))
  const change = scale / view.scale
  return { scale, x: point.x - (point.x - view.x) * change, y: point.y - (point.y - view.y) * change }
}

/**
 * The view, moved back as far as needed: some of the picture stays on the stage, a quarter of the stage's side, or all of
 * what is smaller than that.
 */
export function keepInSight(view: View, content: Size, stage: Size): View {
  const within = (place: number, length: number, room: number) => {
    const least = Math.min(length, room / 4)
    return Math.min(room - least, Math.max(least - length, place))
  }
  const { scale, x, y } = view
  return {
    scale,
    x: within(x, content.width * scale, stage.width),
    y: within(y, content.height * scale, stage.height),
  }
}

export function moveBy(view: View, x: number, y: number): View {
  return { ...view, x: view.x + x, y: view.y + y }
}
