/**
 * Lets the service worker keep the page for use without a network. It is waited for a little, so that what is loaded next
 * passes through it and is kept, too.
 */
export async function keepForOffline(): Promise<void> {
  if (import.meta.env.DEV) return
  const enough = new Promise<void>((resolve) => setTimeout(resolve, 3000))
  // Without it the page works all the same, with a network.
  await Promise.race([beKept(), enough]).catch(() => undefined)
}

async function beKept(): Promise<void> {
  // Not there without https, and where the page is in a frame of no origin already this throws.
  const serviceWorker: ServiceWorkerContainer | undefined = navigator.serviceWorker
  if (!serviceWorker) return
  const controlled = new Promise((resolve) => {
    serviceWorker.addEventListener('controllerchange', resolve, { once: true })
  })
  await serviceWorker.register('./service-worker.js')
  if (!serviceWorker.controller) await controlled
}
