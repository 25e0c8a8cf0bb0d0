import { expect, test } from 'vitest'
import { fit, keepInSight, moveBy, zoomAt } from '../src/view.ts'

test('“Smaller” never makes a picture larger, however small it must be to fit', () => {
  const fitted = fit({ width: 40_000, height: 30_000 }, { width: 340, height: 300 })
  const smaller = zoomAt(fitted, { x: 170, y: 150 }, 1 / 1.5)
  expect(smaller.scale).toBe(fitted.scale)
  expect(zoomAt(fitted, { x: 170, y: 150 }, 1.5).scale).toBeCloseTo(fitted.scale * 1.5)
  const close = { scale: 1, x: 0, y: 0 }
  expect(zoomAt(close, { x: 0, y: 0 }, 0.001).scale).toBe(0.05)
})

test('however far it is moved, a quarter of the stage shows the picture, or all of one smaller than that', () => {
  const stage = { width: 400, height: 300 }
  const content = { width: 800, height: 600 }
  const moved = (scale: number, x: number, y: number) =>
    keepInSight(moveBy({ scale, x: 0, y: 0 }, x, y), content, stage)
  expect(moved(1, -9000, 9000)).toEqual({ scale: 1, x: 100 - 800, y: 300 - 75 })
  expect(moved(1, 9000, -9000)).toEqual({ scale: 1, x: 400 - 100, y: 75 - 600 })
  expect(moved(0.05, -9000, 9000)).toEqual({ scale: 0.05, x: 0, y: 300 - 30 })
  expect(moved(1, -300, -200)).toEqual({ scale: 1, x: -300, y: -200 })
})
