import { element, say } from './elements.ts'
import type { Defaults, Device, Model } from './upscaler.ts'

export interface Settings {
  readonly device: Device
  readonly model: Model
  readonly steps: number
  readonly eta: number
  readonly seed: number
  /** Empty for the model's own. */
  readonly scheduler: string
}

export interface SettingsForm {
  read(): Settings
  /** Shows how a model wants to be run. */
  setDefaults(defaults: Defaults): void
}

/** @param onSetup called when another device or model is wanted. */
export function createSettingsForm(onSetup: () => void): SettingsForm {
  const input = (id: string) => element<HTMLInputElement>(id)
  const model = element<HTMLSelectElement>('model')
  const device = element<HTMLSelectElement>('device')
  const folder = input('folder')
  let picked: readonly File[] = []

  for (const id of ['steps', 'eta']) {
    const tell = () => say(`${id}-value`, input(id).value)
    input(id).addEventListener('input', tell)
    tell()
  }
  element('dice').addEventListener('click', () => {
    input('seed').value = String(crypto.getRandomValues(new Uint32Array(1))[0])
  })
  device.addEventListener('change', onSetup)
  model.addEventListener('change', () => {
    if (model.value === 'folder') folder.click()
    else onSetup()
  })
  folder.addEventListener('change', () => {
    picked = [...(folder.files ?? [])]
    say('model-hint', `${picked.length} files of “${picked[0]?.webkitRelativePath.split('/')[0] ?? 'the folder'}”.`)
    onSetup()
  })
  folder.addEventListener('cancel', () => {
    if (picked.length === 0) model.value = 'small'
  })

  return {
    read() {
      const seed = Math.floor(Number(input('seed').value))
      return {
        device: device.value as Device,
        model: model.value === 'folder' ? picked : 'small',
        steps: Number(input('steps').value),
        eta: Number(input('eta').value),
        seed: Number.isFinite(seed) ? Math.min(2 ** 32 - 1, Math.max(0, seed)) : 0,
        scheduler: element<HTMLSelectElement>('scheduler').value,
      }
    },
    setDefaults({ steps, eta }) {
      input('steps').value = String(steps)
      input('eta').value = String(eta)
      for (const id of ['steps', 'eta']) say(`${id}-value`, input(id).value)
    },
  }
}
