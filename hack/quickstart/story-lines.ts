import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import type { Sample } from './expectation.ts'

/** What is new of a stock, in lines; nothing before the operator has opened it. */
export function stockTexts(before: VirtualStock | undefined, { spec, status }: VirtualStock): string[] {
  if (!status) return []
  const known = before?.status
  const opening = known?.quantity === status.quantity ? [] : [openingText(spec, status.quantity ?? 0)]
  const level =
    status.level === 'Normal' ? `${status.available} available again` : `${status.available} left: ${status.level}`
  return (known?.level ?? 'Normal') === status.level ? opening : [...opening, level]
}

function openingText({ price, reclaimPolicy, unit }: VirtualStock['spec'], quantity: number): string {
  const at = price ? ` at ${price.amount} ${price.currency}` : ''
  return reclaimPolicy === 'Return'
    ? `${quantity} ${unit ?? 'units'} to lend${at}${price ? ' an hour' : ''}`
    : `${quantity} in stock${at}`
}

/** Undefined while nothing is decided. */
export function reservationText({ status }: Reservation): string | undefined {
  if (!status) return undefined
  const { phase, message = '' } = status
  if (phase === 'Rejected') return `refused: ${message}`
  if (phase === 'Confirmed') return `confirmed: ${message}`
  return phase === 'Pending' ? undefined : message
}

const hasRun = new Set(['Running', 'Stopped'])

/** Undefined while its capacity is only being asked for. `before`: how it was told of last. */
export function machineText({ spec, status }: VirtualMachine, before?: Sample): string | undefined {
  if (!status) return undefined
  const { phase, reason, message, cost = [] } = status
  switch (phase) {
    case 'Provisioning': {
      if (hasRun.has(before?.status?.phase ?? '')) return `starts again: ${message}`
      const prices = cost.map(({ hourly, currency }) => `${hourly} ${currency} an hour`)
      return `reserved ${[`${spec.cpu} vCPU`, spec.memory, ...(spec.disk === undefined ? [] : [spec.disk]), ...prices].join(', ')}: ${message}`
    }
    case 'Failed':
      return reason === 'NeverFits' ? `can never fit: ${message}` : `failed: ${message}`
    case 'Reserving':
      return reason === 'WaitingForCapacity' ? message : undefined
    default:
      return message
  }
}
