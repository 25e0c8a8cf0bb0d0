import { expect, test } from 'vitest'
import { fit, zoomAt } from '../src/view.ts'

test('“Smaller” never makes a picture larger, however small it must be to fit', () => {
  const fitted = fit({ width: 40_000, height: 30_000 }, { width: 340, height: 300 })
  const smaller = zoomAt(fitted, { x: 170, y: 150 }, 1 / 1.5)
  expect(smaller.scale).toBe(fitted.scale)
  expect(zoomAt(fitted, { x: 170, y: 150 }, 1.5).scale).toBeCloseTo(fitted.scale * 1.5)
  const close = { scale: 1, x: 0, y: 0 }
  expect(zoomAt(close, { x: 0, y: 0 }, 0.001).scale).toBe(0.05)
})
