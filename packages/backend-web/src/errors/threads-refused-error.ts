/** The browser does not start the runtime's threads. Nobody outside sees it: the runtime is started again with one thread. */
export class ThreadsRefusedError extends Error {
  /** @param script Address of what the threads were to run. */
  constructor(script: string) {
    super(
      `the browser starts no threads from ${script}: is it served, as text/javascript, and allowed by the page’s rules?`,
    )
  }
}
