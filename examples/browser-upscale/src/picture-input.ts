import { element } from './elements.ts'

/** Takes pictures that are dropped, pasted, picked, or the sample. */
export function listenForPictures(onPicture: (picture: File) => void, onProblem: (problem: string) => void): void {
  const input = element<HTMLInputElement>('file')
  const pick = () => input.click()
  element('pick').addEventListener('click', pick)
  element('another').addEventListener('click', pick)
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    if (file) onPicture(file)
    // The same file may be picked again.
    input.value = ''
  })

  element('sample').addEventListener('click', async () => {
    try {
      const answer = await fetch('./sample.png')
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`)
      onPicture(new File([await answer.blob()], 'coffee.png', { type: 'image/png' }))
    } catch {
      onProblem('The sample could not be loaded: is there a network connection?')
    }
  })

  const take = (data: DataTransfer | null) => {
    const [file] = data?.files ?? []
    if (file) onPicture(file)
    else onProblem('There was no picture file in that. Save the picture first, then drop the file here.')
  }
  addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) take(event.clipboardData)
  })
  const dragging = (on: boolean) => document.body.classList.toggle('dragging', on)
  addEventListener('dragover', (event) => {
    event.preventDefault()
    dragging(true)
  })
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) dragging(false)
  })
  addEventListener('drop', (event) => {
    event.preventDefault()
    dragging(false)
    take(event.dataTransfer)
  })
}
