import { element, say, show } from './elements.ts'
import { createLargeModelCard } from './large-model-card.ts'
import type { Model } from './upscaler.ts'

/** The models that can be chosen. */
export interface ModelPicker {
  /** What is chosen; undefined if it is not there yet, such as a model to be downloaded. */
  read(): Model | undefined
}

/** @param onChange called when another model is chosen, and when one has come or gone. */
export function createModelPicker(onChange: () => void): ModelPicker {
  const folder = element<HTMLInputElement>('folder')
  const radios = [...document.querySelectorAll<HTMLInputElement>('input[name="model"]')]
  const chosen = () => radios.find(({ checked }) => checked)?.value ?? 'small'
  let picked: readonly File[] = []
  const large = createLargeModelCard(() => {
    if (chosen() === 'large') onChange()
  })

  const changed = () => {
    large.setChosen(chosen() === 'large')
    show('folder-pick', chosen() === 'folder')
    onChange()
  }
  for (const radio of radios) radio.addEventListener('change', changed)
  element('folder-pick').addEventListener('click', () => folder.click())
  folder.addEventListener('change', () => {
    picked = [...(folder.files ?? [])]
    const name = picked[0]?.webkitRelativePath.split('/')[0] || 'the folder'
    say('folder-hint', `${picked.length} files of “${name}”.`)
    for (const radio of radios) radio.checked = radio.value === 'folder'
    changed()
  })

  return {
    read() {
      if (chosen() === 'large') return large.kept ? 'large' : undefined
      if (chosen() === 'folder') return picked.length > 0 ? picked : undefined
      return 'small'
    },
  }
}
