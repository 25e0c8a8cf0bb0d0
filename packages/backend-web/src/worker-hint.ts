/** What to do where the program of a worker cannot be loaded. Browsers say little of why, each another part of it. */
export function workerHint(): string {
  const isolated = crossOriginIsolated ? ', is it sent with Cross-Origin-Embedder-Policy as the page is' : ''
  return `Is the network there, is the page’s build complete (esbuild leaves this file out: see the README of @latentkit/backend-web), does the file lie on the page’s own server (see “From another server” there)${isolated}, and does its Content-Security-Policy allow the worker (worker-src)?`
}
