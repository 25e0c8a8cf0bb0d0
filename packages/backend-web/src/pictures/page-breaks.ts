/** Milliseconds of work after which a page is let paint and answer. */
const patience = 12

/** For long work: a function to await between its parts, which now and then lets the page do something else. */
export function pageBreaks(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < patience) return
    await nextTask()
    since = performance.now()
  }
}

/** By a message: timers wait for a second in a page that is hidden. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
