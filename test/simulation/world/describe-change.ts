import type { Change } from './api-server.ts'

/** One stored change as a line of a trace. */
export function describeChange(change: Change): string {
  if (change.kind === 'reservation') {
    const { name, uid, spec, status } = change.reservation
    return `${change.type} ${name} (${uid}) wants ${spec.state} of ${spec.items.map(({ stock, quantity }) => `${quantity} ${stock}`).join(', ')}: ${status?.phase ?? '-'} ${status?.reason ?? ''} ${status?.sequence ?? ''}`
  }
  const { name, uid, terms, status, position } = change.stock
  const pending = status?.ledger.pending.map(
    (entry) =>
      `${entry.sequence}${entry.verb}${entry.uid ? `(${entry.uid}${entry.follows ? ` follows ${entry.follows.uid}:${entry.follows.sequence}` : ''})` : ''}`,
  )
  return `${change.type} ${name} (${uid}) v${position} ${terms.terminating ? 'terminating ' : ''}${status ? `${status.reserved}+${status.confirmed} of ${status.quantity} by ${status.ledger.writer}#${status.ledger.attempt} [${pending?.join(' ')}]` : ''}`
}
