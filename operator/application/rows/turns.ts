import type { Clock } from '../clock.ts'
import { LedgerAway, LedgerBusy, TRIED_FOR_MS } from './order.ts'

/** Orders that may wait for others of their reservation: for one, and for all. */
const WAITING_FOR_ONE = 32
const WAITING = 4_096

type Wake = () => void

/** Orders of one reservation go one after the other, in the order in which they came. */
export class Turns {
  readonly #clock: Pick<Clock, 'schedule'>
  /** By the uid, who waits for whom it is the turn of now. */
  readonly #lines = new Map<string, Wake[]>()
  #waiting = 0

  constructor(clock: Pick<Clock, 'schedule'>) {
    this.#clock = clock
  }

  /**
   * Undefined = it is the turn of this one; else it resolves when it is. Rejects with LedgerAway where the one before is not
   * answered in time, which may be in doubt for long. Throws LedgerBusy where too many wait.
   */
  take(uid: string): Promise<void> | undefined {
    const line = this.#lines.get(uid)
    if (!line) {
      this.#lines.set(uid, [])
      return undefined
    }
    if (line.length >= WAITING_FOR_ONE)
      throw new LedgerBusy(`${WAITING_FOR_ONE} orders wait already for the answer to another of reservation ${uid}`)
    if (this.#waiting >= WAITING)
      throw new LedgerBusy(`${WAITING} orders wait already for answers to others of their reservations`)
    return this.#wait(uid, line)
  }

  /** Whoever had the turn is answered. */
  end(uid: string): void {
    const wake = this.#lines.get(uid)?.shift()
    if (wake) wake()
    else this.#lines.delete(uid)
  }

  #wait(uid: string, line: Wake[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const cancel = this.#clock.schedule(TRIED_FOR_MS, () => {
      line.splice(line.indexOf(wake), 1)
      this.#waiting -= 1
      reject(new LedgerAway(`another order of reservation ${uid} has not been answered for ${TRIED_FOR_MS / 1_000} s`))
    })
    const wake = () => {
      cancel()
      this.#waiting -= 1
      resolve()
    }
    line.push(wake)
    this.#waiting += 1
    return promise
  }
}
