import { numberedSteps } from '../numbered-steps.ts'
import { keyOf } from '../reservation/reservation.ts'
import { cloudEventHeaders, positionHeaders, typeOf } from './cloud-event.ts'
import type { StockEvent } from './event.ts'

/** A step of an object as an event of its own. */
export interface ToldStep {
  /** Of the object, and its resource as in `vmachines`. */
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly plural: string
  readonly cluster: string
  /** `machine.running` */
  readonly occasion: string
  /** The number of the step among all of its object. */
  readonly number: number
  /** Of the leader that sends it: the one thing in which a redelivery may differ. */
  readonly term: number
  readonly at: string
  readonly correlationId: string | undefined
}

/** The event of one step, told apart by its object's uid and its number. `data`: what it says besides, after its id. */
export function stepEvent(step: ToldStep, data: object): StockEvent {
  const { namespace, name, uid, plural, cluster, occasion, number, term, at, correlationId } = step
  const id = `${uid}-${number}`
  const type = typeOf(occasion)
  const source = `/kbnt.io/${cluster}/${namespace}/${plural}/${name}`
  return {
    id,
    type,
    sequence: number,
    key: keyOf(namespace, name),
    headers: {
      ...cloudEventHeaders({ id, type, time: at, source, subject: name, correlationId }),
      ...positionHeaders(number, term),
    },
    value: JSON.stringify({
      eventId: id,
      ...data,
      sequence: number,
      previousSequence: number - 1,
      correlationId: correlationId ?? null,
    }),
    timestampMs: Date.parse(at),
  }
}

/** The step of this number. Throws when it is not, or no longer, in the history. */
export function stepOf<Step>(
  status: { readonly steps: number; readonly history: readonly Step[] } | undefined,
  number: number,
): Step {
  const found = status && numberedSteps(status).find((numbered) => numbered.number === number)
  if (!found) throw new Error(`step ${number} is not in the history`)
  return found.step
}
