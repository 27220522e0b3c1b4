import type { Clock } from '../../../operator/application/clock.ts'
import type { Engine } from '../../../operator/application/engine/engine.ts'
import type { namespaceSeen } from '../../../operator/application/engine/lead.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer } from './api-server.ts'
import type { Faults } from './network.ts'
import type { Random } from './random.ts'
import type { Sight } from './sight.ts'

export interface TakeUpParts {
  readonly clock: Pick<Clock, 'schedule'>
  readonly random: Random
  readonly faults: Pick<Faults, 'unlisted'>
  readonly server: Pick<ApiServer, 'spools'>
  readonly sight: Sight
  /** Undefined as long as it is still taking over. */
  readonly engine: () => Engine | undefined
  readonly asSeen: (reservation: Reservation) => Reservation
  readonly namespaceSeen: typeof namespaceSeen
  /** Lists all anew, and watches from there. */
  readonly watchAnew: () => void
  readonly trace: (line: string) => void
}

/** How long a namespace can't be listed, in ms. */
const UNLISTED_MS = [2_000, 20_000] as const
const AGAIN_MS = 100

/** Some who come to lead may not list a namespace at first, and take it up later, as the program of the operator does. */
export function loseSight(parts: TakeUpParts): void {
  const { clock, random, faults, sight, trace } = parts
  const { unlisted } = faults
  if (unlisted === undefined || random.chance(0.5)) return
  sight.hide(unlisted)
  trace(`may not list ${unlisted}`)
  clock.schedule(random.between(...UNLISTED_MS), () => takeUp(parts, unlisted))
}

function takeUp(parts: TakeUpParts, namespace: string): void {
  const { clock, server, sight, asSeen, watchAnew, trace } = parts
  const engine = parts.engine()
  if (!engine) {
    clock.schedule(AGAIN_MS, () => takeUp(parts, namespace))
    return
  }
  trace(`takes ${namespace} up`)
  sight.show()
  const own = sight.listed().reservations.filter((reservation) => reservation.namespace === namespace)
  parts.namespaceSeen(engine, { namespace, reservations: own.map(asSeen), spools: [...server.spools.values()] })
  watchAnew()
  sight.serveAll()
}
