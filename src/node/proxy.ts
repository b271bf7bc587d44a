/**
 * Proxies from the environment. Node's `fetch` supports them since 22.21 and 24, and only when asked to; with older versions
 * we would need our own HTTP client.
 */
type Environment = Readonly<Record<string, string | undefined>>

let done = false

/** Makes `fetch` use the proxy from the environment; reports if Node cannot. */
export function useProxy(address: URL, env: Environment, onNote?: (note: string) => void): void {
  const proxy = proxyFor(address, env)
  if (proxy === undefined || done || isUsedAlready(env)) return
  done = true
  // Not yet in the types of the oldest supported Node. Loaded only when needed, because that takes time.
  const http = process.getBuiltinModule('node:http') as { setGlobalProxyFromEnv?: (env: Environment) => void }
  if (http.setGlobalProxyFromEnv) http.setGlobalProxyFromEnv(env)
  else
    onNote?.(
      `the environment names the proxy ${proxy}, which is not used: ` +
        (canBeAsked() ? 'set NODE_USE_ENV_PROXY=1' : 'that takes Node 22.21 or 24, and NODE_USE_ENV_PROXY=1'),
    )
}

/** The proxy for an address, without its password; undefined for a direct connection. */
export function proxyFor({ protocol, hostname }: URL, env: Environment): string | undefined {
  const scheme = protocol.slice(0, -1)
  const proxy = env[`${scheme}_proxy`] || env[`${scheme.toUpperCase()}_PROXY`]
  if (!proxy || isExcepted(hostname, env.no_proxy || env.NO_PROXY || '')) return undefined
  return proxy.replace(/\/\/[^/@]*@/, '//')
}

/** `localhost,.example.com,*`: a name includes its subdomains. */
function isExcepted(host: string, list: string): boolean {
  const names = list.split(/[\s,]+/).map(name => name.replace(/^\*?\./, '').replace(/:\d+$/, ''))
  return names.some(name => name !== '' && (name === '*' || host === name || host.endsWith(`.${name}`)))
}

function isUsedAlready(env: Environment): boolean {
  const flags = [...process.execArgv, ...(env.NODE_OPTIONS ?? '').split(' ')]
  return canBeAsked() && (env.NODE_USE_ENV_PROXY === '1' || flags.includes('--use-env-proxy'))
}

function canBeAsked(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 21)
}
