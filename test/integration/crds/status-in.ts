export const line = { stockNamespace: 'shop', stock: 'grinder', stockUID: 'uid-grinder', quantity: 1, sequence: 1 }
const at = '2026-11-22T10:00:00Z'

/** The least that a status in this phase says. */
export function statusIn(phase: string): object {
  const told = { sequence: 1, items: [line] }
  switch (phase) {
    case 'Waiting':
      return { phase, ...told, waitlist: { since: at } }
    case 'Reserved':
      return { phase, ...told, reservedAt: at, expiresAt: at }
    case 'Confirmed':
      return { phase, ...told, reservedAt: at }
    default:
      return { phase }
  }
}
