/** What to do where the program of a worker cannot be loaded. */
export const workerHint =
  'Is the network there, is the page’s build complete (esbuild leaves this file out: see the README of @latentkit/backend-web), and does its Content-Security-Policy allow the worker (worker-src)?'
