/**
 * What of an IP address stands for who has it: all of IPv4, also where it is written as IPv6, and the first 64 bits of
 * IPv6, because every host has as many addresses behind them as it likes. Anything else is given back as it is.
 */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address
  const [plain = ''] = address.toLowerCase().split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  if (mapped) return mapped[1] as string
  const [head, tail, ...more] = plain.split('::')
  if (more.length > 0) return address
  const [first, last] = [groupsOf(head), groupsOf(tail)]
  const missing = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...new Array<string>(missing).fill('0'), ...last]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

function groupsOf(part = ''): string[] {
  return part === '' ? [] : part.split(':')
}
