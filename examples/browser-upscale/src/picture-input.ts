import { element } from './elements.ts'

/**
 * Takes pictures that are dropped, pasted, picked, or the sample.
 * @param onPicture is given the first picture, and how many files there were.
 */
export function listenForPictures(
  onPicture: (picture: File, count: number) => void,
  onProblem: (problem: string) => void,
): void {
  const input = element<HTMLInputElement>('file')
  const pick = () => input.click()
  element('pick').addEventListener('click', pick)
  element('another').addEventListener('click', pick)
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    if (file) onPicture(file, 1)
    // The same file may be picked again.
    input.value = ''
  })

  element('sample').addEventListener('click', async () => {
    try {
      const answer = await fetch('./sample.png')
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`)
      onPicture(new File([await answer.blob()], 'coffee.png', { type: 'image/png' }), 1)
    } catch {
      onProblem('The sample could not be loaded: is there a network connection?')
    }
  })

  const take = (data: DataTransfer | null) => {
    const files = [...(data?.files ?? [])]
    const file = files.find(({ type }) => type.startsWith('image/')) ?? files[0]
    const folder = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry()).find((entry) => entry?.isDirectory)
    if (folder && files.length === 1) onProblem(`“${folder.name}” is a folder: drop a picture out of it.`)
    else if (file) onPicture(file, files.length)
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
