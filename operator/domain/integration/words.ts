import type { EventData, IntegrationEvent } from './integration-event.ts'
import { fieldsOf } from './integration-event.ts'

/** A field of an event that can't be said in the other side's words. */
export class NotSayable extends Error {
  constructor(field: string, given: unknown, wanted: string) {
    super(`${field} is ${(JSON.stringify(given) ?? 'missing').slice(0, 60)}, and ${wanted} is needed`)
  }
}

/** Reads fields by their paths, such as `balances.available`; each throws NotSayable for what it is not. */
export function wordsOf(data: EventData) {
  const at = (path: string) => path.split('.').reduce<unknown>((part, name) => fieldsOf(part)[name], data)
  return {
    text(path: string): string {
      const given = at(path)
      if (typeof given !== 'string' || given === '') throw new NotSayable(path, given, 'a text')
      return given
    },
    textOrNull(path: string): string | null {
      const given = at(path) ?? null
      if (given !== null && typeof given !== 'string') throw new NotSayable(path, given, 'a text or null')
      return given
    },
    count(path: string): number {
      const given = at(path)
      if (!Number.isSafeInteger(given)) throw new NotSayable(path, given, 'a whole number')
      return Number(given)
    },
    instant(path: string): string {
      const given = at(path)
      const isWritten = typeof given === 'string' && /^\d{4}-\d\d-\d\dT/.test(given)
      if (!isWritten || Number.isNaN(Date.parse(given))) throw new NotSayable(path, given, 'an instant of RFC 3339')
      return given
    },
  }
}

/** How the other side is told of one kind of event. `externalId`: their id of the stock, where it is known. */
export type Translation = (event: IntegrationEvent, externalId: string | undefined) => object
