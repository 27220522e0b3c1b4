import type { Engine } from '../../../operator/application/engine/engine.ts'
import type { namespaceSeen } from '../../../operator/application/engine/lead.ts'
import type { World } from '../../../operator/application/engine/world.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer } from './api-server.ts'
import type { Kafka } from './kafka.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { Feature } from './world-kinds.ts'

/** What a breakage may reach past the engine's ports. */
export interface BreakageContext {
  readonly server: ApiServer
  readonly kafka: Kafka
  readonly time: VirtualTime
}

/** One deliberate fault in how an operator works; the world must notice it. */
export interface Breakage {
  readonly name: string
  /** What has to happen in worlds for it to show, where not everything does. */
  readonly features?: readonly Feature[]
  /** The world as the broken operator sees and treats it. */
  readonly world?: (world: World, context: BreakageContext) => World
  /** The engine as it is broken once it leads. */
  readonly engine?: (engine: Engine) => void | Promise<void>
  /** What it does when another namespace is taken up. */
  readonly namespaceSeen?: typeof namespaceSeen
  /** How it sees each reservation; made anew for each process. */
  readonly sees?: () => (reservation: Reservation) => Reservation
  /** How many keys it works on at once; absent = as many as there are. */
  readonly workers?: number
  /** Lists the reservations before the stocks when it takes over. */
  readonly readsReservationsFirst?: boolean
  /** Begins to work with what its cache knew before the takeover's list. */
  readonly keepsOldCache?: boolean
  /** Doesn't look at whose writes the watch brings. */
  readonly ignoresWatch?: boolean
}
