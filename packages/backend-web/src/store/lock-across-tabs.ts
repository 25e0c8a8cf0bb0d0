/**
 * Waits until no page of this site holds the lock. The browser lets go of it when its holder's page is gone.
 * @returns A function that lets go.
 */
export function lockAcrossTabs(name: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    let release = () => {}
    const held = new Promise<void>((done) => {
      release = done
    })
    const released = navigator.locks.request(name, signal ? { signal } : {}, () => {
      resolve(async () => {
        release()
        await released
      })
      return held
    })
    released.catch((error) => reject(signal?.aborted ? signal.reason : error))
  })
}
