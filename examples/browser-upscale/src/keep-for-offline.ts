/**
 * Lets the service worker keep the page for use without a network. It is waited for a little, so that what is loaded next
 * passes through it and is kept, too.
 */
export async function keepForOffline(): Promise<void> {
  if (import.meta.env.DEV || !navigator.serviceWorker) return
  try {
    await navigator.serviceWorker.register('./service-worker.js')
    if (navigator.serviceWorker.controller) return
    const controlled = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true })
    })
    const enough = new Promise((resolve) => setTimeout(resolve, 3000))
    await Promise.race([controlled, enough])
  } catch {
    // Without it the page works all the same, with a network.
  }
}
