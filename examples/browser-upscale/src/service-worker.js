// Keeps the page for use without a network, and lets it use all cores on hosts that cannot send headers.
// The build puts all its files here (vite.config.ts).
const files = ['./']
// Caches belong to the origin, which may have other copies of this page at other addresses.
const ownCaches = `latentkit ${registration.scope} `
const cacheName = `${ownCaches}${files.join().length}-${hash(files.join())}`

addEventListener('install', (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(files)))
  skipWaiting()
})

addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(ownCaches) && name !== cacheName) await caches.delete(name)
      }
      await clients.claim()
    })(),
  )
})

addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return
  event.respondWith(request.mode === 'navigate' ? newest(request) : kept(request))
})

/** The page itself: from the network where there is one. */
async function newest(request) {
  try {
    return isolated(await fetch(request))
  } catch {
    const cache = await caches.open(cacheName)
    return isolated((await cache.match('./', { ignoreSearch: true, ignoreVary: true })) ?? Response.error())
  }
}

/** Everything else has its content in its name. */
async function kept(request) {
  const cache = await caches.open(cacheName)
  // Servers that vary their answers by origin mean other origins; there is only this one.
  const found = await cache.match(request, { ignoreVary: true })
  if (found) return isolated(found)
  const answer = await fetch(request)
  // A page in place of a file is a host's way to say that the file is missing; kept, it would stay in the file's place.
  const isPage = answer.headers.get('content-type')?.startsWith('text/html')
  if (answer.status === 200 && !isPage) await cache.put(request, answer.clone()).catch(() => {})
  return isolated(answer)
}

function isolated(answer) {
  if (answer.status === 0) return answer
  const headers = new Headers(answer.headers)
  headers.set('Cross-Origin-Opener-Policy', 'same-origin')
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp')
  headers.set('Cross-Origin-Resource-Policy', 'same-origin')
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers })
}

function hash(text) {
  let value = 5381
  for (let i = 0; i < text.length; i++) value = ((value * 33) ^ text.charCodeAt(i)) >>> 0
  return value.toString(36)
}
