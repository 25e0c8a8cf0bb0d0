import type { DeviceReport } from '@latentkit/backend-web'
import type { Precision } from '@latentkit/models-ldm'
import { element, say, show } from './elements.ts'
import type { Defaults, Device } from './upscaler.ts'

export interface Settings {
  readonly device: Device
  readonly steps: number
  readonly eta: number
  readonly seed: bigint
  /** Empty for the model's own. */
  readonly scheduler: string
  readonly precision: Precision
}

export interface SettingsForm {
  read(): Settings
  /** Shows how a model wants to be run. */
  setDefaults(defaults: Defaults): void
  /** Offers what this device can do. */
  setDevice(report: DeviceReport): void
}

/** @param onSetup called when another device is wanted. */
export function createSettingsForm(onSetup: () => void): SettingsForm {
  const input = (id: string) => element<HTMLInputElement>(id)
  const device = element<HTMLSelectElement>('device')
  for (const id of ['steps', 'eta']) {
    const tell = () => say(`${id}-value`, input(id).value)
    input(id).addEventListener('input', tell)
    tell()
  }
  element('dice').addEventListener('click', () => {
    input('seed').value = String(crypto.getRandomValues(new Uint32Array(1))[0])
    input('seed').dispatchEvent(new Event('change', { bubbles: true }))
  })
  // What is shown is what is used.
  input('seed').addEventListener('change', () => {
    input('seed').value = String(wholeNumber(input('seed').value))
  })
  device.addEventListener('change', onSetup)

  return {
    read() {
      return {
        device: device.value as Device,
        steps: Number(input('steps').value),
        eta: Number(input('eta').value),
        seed: wholeNumber(input('seed').value),
        scheduler: element<HTMLSelectElement>('scheduler').value,
        precision: input('half').checked && !element('half-field').hidden ? 'float16' : 'float32',
      }
    },
    setDefaults({ steps, eta }) {
      input('steps').value = String(steps)
      input('eta').value = String(eta)
      for (const id of ['steps', 'eta']) say(`${id}-value`, input(id).value)
    },
    setDevice({ device, halfPrecision }) {
      show('half-field', device === 'webgpu' && halfPrecision)
    },
  }
}

/** As the command reads it, of any length; the whole part of what has another one, 0 of what is no number. */
function wholeNumber(text: string): bigint {
  if (/^[+-]?\d+$/.test(text.trim())) return BigInt(text.trim().replace(/^\+/, ''))
  const whole = Math.trunc(Number(text))
  return Number.isFinite(whole) ? BigInt(whole) : 0n
}
