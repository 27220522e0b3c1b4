import { BlockList, isIP } from 'node:net'

export type Environment = Readonly<Record<string, string | undefined>>

interface Target {
  /** Lower case, an IPv6 address without brackets. */
  readonly host: string
  readonly port: string
}

/**
 * The proxy that HTTPS_PROXY (for `http:` HTTP_PROXY) and NO_PROXY name for a server, by the rules of Go, so of kubectl;
 * undefined = none. Lower-case names count where the upper-case ones are not set. This machine is never behind a proxy.
 */
export function environmentProxy(server: string, environment: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(server)
  const proxy = settingIn(environment, protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (proxy === '') return undefined
  const target = {
    host: hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase(),
    port: port || (protocol === 'https:' ? '443' : '80'),
  }
  if (isThisMachine(target) || isExempt(target, settingIn(environment, 'NO_PROXY'))) return undefined
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`
}

function settingIn(environment: Environment, name: string): string {
  return environment[name] || environment[name.toLowerCase()] || ''
}

function isThisMachine({ host }: Target): boolean {
  return host === 'localhost' || isWithin(host, '127.0.0.0/8') || host === '::1'
}

function isExempt(target: Target, noProxy: string): boolean {
  const entries = noProxy.split(',').map((entry) => entry.trim().toLowerCase())
  return entries.some((entry) => entry === '*' || (entry !== '' && matches(target, entry)))
}

/** `10.0.0.0/8`, `10.1.2.3`, `example.com` with all below it, `.example.com` with what is below it alone; the last three with a port. */
function matches({ host, port }: Target, entry: string): boolean {
  if (entry.includes('/')) return isWithin(host, entry)
  if (isIP(entry) !== 0) return isSameAddress(host, entry)
  const [, name = '', onlyPort = ''] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? []
  if (onlyPort !== '' && onlyPort !== port) return false
  if (isIP(name) !== 0) return isSameAddress(host, name)
  const domain = name.replace(/^\*(?=\.)/, '')
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`)
}

function isSameAddress(host: string, address: string): boolean {
  return isWithin(host, `${address}/${isIP(address) === 4 ? 32 : 128}`)
}

/** False for a name, and where the range makes no sense. */
function isWithin(host: string, range: string): boolean {
  const [network = '', bits = ''] = range.split('/')
  const family = isIP(network)
  if (isIP(host) === 0 || isIP(host) !== family || !/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, Number(bits), type)
  return list.check(host, type)
}
