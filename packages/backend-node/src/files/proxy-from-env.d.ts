declare module 'proxy-from-env' {
  /** The address of the proxy for an address, by HTTPS_PROXY and its like; empty if none is to be used. */
  export function getProxyForUrl(url: string): string
}
