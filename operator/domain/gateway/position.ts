/**
 * Whether an object at `position` is no older than at `other`. The API server's resourceVersions of one kind are numbers
 * that grow (https://kep.k8s.io/5504), longer than those of JavaScript may be.
 */
export function isNoOlder(position: string, other: string): boolean {
  return position.length === other.length ? position >= other : position.length > other.length
}

/** Kinds as positions name them. */
export const positionCodes = {
  virtualstocks: 'vstk',
  reservations: 'rsv',
  vmachines: 'vmach',
  vrequests: 'vreq',
  orders: 'ord',
} as const

/** `rsv:1000`: up to where of its kind an answer is true. */
export function positionText(kind: keyof typeof positionCodes, position: string): string {
  return `${positionCodes[kind]}:${position}`
}

/** Of one kind in `rsv:1000,vstk:999`, the last one where it is there twice; undefined = none of that kind. */
export function positionIn(text: string, kind: keyof typeof positionCodes): string | undefined {
  const parts = text.split(',').map((part) => part.trim().split(':'))
  return parts.findLast(([code]) => code === positionCodes[kind])?.[1]
}
