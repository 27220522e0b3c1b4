/** What this machine is called by itself, and by containers on it. */
const names = /^(localhost|127\.\d+\.\d+\.\d+|host\.docker\.internal|host\.containers\.internal)(:\d+)?$/i

/** Whether a call was meant for this machine: a page in a browser can give its own name our address, but not ours to itself. */
export function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && names.test(host)
}
