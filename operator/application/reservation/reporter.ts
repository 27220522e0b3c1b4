import type { TellFacts } from '../../domain/reservation/message.ts'
import type { Reservation, ReservationStatus } from '../../domain/reservation/reservation.ts'
import { isFinished, keyOf } from '../../domain/reservation/reservation.ts'
import { statusAfter } from '../../domain/reservation/tell.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import { type Clock, later, msBetween, type Tick } from '../clock.ts'
import { delayQueue } from '../delay-queue.ts'
import type { Unfinished } from '../ledger/journal.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { NotServed } from '../ledger/stock-ledger.ts'
import { hitchOf, type PatienceParts } from '../patience.ts'
import { type Asides, asides } from './asides.ts'
import { type ReportSlots, reportSlots } from './report-slots.ts'
import type { TurnEnd } from './report-turn.ts'
import type { ReportResult, Reservations } from './reservations.ts'
import { type Untold, untold } from './untold.ts'

export interface ReporterParts extends PatienceParts {
  readonly reservations: Reservations
  readonly clock: Clock
  /** What a report says beyond its entry. */
  readonly factsFor: (home: StockActor, entry: Entry, reservation: Reservation) => TellFacts
  /** Whether `uid` is the present uid of the home stock, asked of the store itself. Throws when that does not answer. */
  readonly isPresent: (home: StockActor) => Promise<boolean>
  /** Whether the reservations of a namespace are known: then one that isn't found is gone. */
  readonly serves: (namespace: string) => boolean
  readonly onReported: (reservation: Reservation, entry: Entry) => void
  readonly onRefused: (reservation: Reservation, reason: string) => void
}

/** Tells reservations what was decided, and beside that why it takes long or where they stand. */
export interface Reporter extends Pick<ReportSlots, 'idle' | 'isFailing' | 'add'> {
  /** Has the reservations' statuses tell of these entries of `home`, and marks them reported when they do. */
  report(home: StockActor, unfinished: readonly Unfinished[]): void
  /** Says something that no entry does, when there is time and no decision is to be told. */
  readonly aside: Asides['add']
  /** How many reservations have a status that the API server's schema refuses. */
  readonly untold: number
}

/** All that is to be told of one reservation by one home. */
interface Job {
  readonly uid: string
  readonly key: string
  readonly namespace: string
  home: StockActor
  unfinished: Unfinished[]
  /** What is seen of it may be old: the store itself is asked first. */
  stale: boolean
  /** When it is told though the better half is still to come. */
  halfToldUntil: Tick | undefined
  state: 'queued' | 'running' | 'halfTold'
}

/** What one write is to tell. */
type Telling = Pick<Job, 'home' | 'unfinished'>

/** Whoever waits for a confirmation that can't be decided is told of the hold after this time. */
const HALF_TOLD_MS = 5_000

/** Whether a status tells of `entry` of the stock with uid `homeUid`, or of a later one. */
function tells(status: ReservationStatus | undefined, homeUid: string, sequence: number): boolean {
  return status?.sequence !== undefined && status.sequence >= sequence && homeUidOf(status) === homeUid
}

function homeUidOf(status: ReservationStatus | undefined): string | undefined {
  return status?.items?.[0]?.stockUID
}

/**
 * Writes statuses, one write for all that is to be told of a reservation at that moment. Reports only go forward: one
 * that finds the same or a later entry told already is done.
 */
export function reporter(parts: ReporterParts): Reporter {
  const { reservations, clock } = parts
  const slots = reportSlots(parts)
  const jobs = new Map<string, Job>()
  const courtesies = asides({ slots, reservations, isAwaited: (uid) => jobs.has(uid) })
  const left: Untold = untold({ clock, aside: courtesies.add, fold })
  const halfTold = delayQueue<Job>(clock, (job) => {
    if (job.state === 'halfTold') begin(job)
  })

  function begin(job: Job): void {
    if (isHalfTold(job)) {
      job.state = 'halfTold'
      job.halfToldUntil ??= later(clock.tick(), HALF_TOLD_MS)
      halfTold.add(job, HALF_TOLD_MS)
      return
    }
    job.state = 'queued'
    slots.add({ uid: job.uid, namespace: job.namespace, rank: 'decision', run: () => run(job) })
  }

  /** A set that asks to be confirmed is told once: the hold that comes first is not worth a write. */
  function isHalfTold({ key, unfinished, halfToldUntil }: Job): boolean {
    if (halfToldUntil !== undefined && msBetween(halfToldUntil, clock.tick()) >= 0) return false
    const { verb, uid } = lastOf(unfinished)
    const reservation = verb === 'Reserve' ? reservations.find(key) : undefined
    return reservation?.uid === uid && reservation?.spec.state === 'Confirmed' && !reservation.deleting
  }

  async function run(job: Job): Promise<TurnEnd> {
    const { home, unfinished } = job
    job.unfinished = []
    job.state = 'running'
    const end = await tell(job, { home, unfinished })
    if (end.kind === 'done') {
      for (const one of unfinished) one.reported = true
      home.told()
      return finish(job, end)
    }
    if (job.home === home) job.unfinished = inOrder([...unfinished, ...job.unfinished])
    job.state = 'queued'
    return end
  }

  /** What came meanwhile is told next. */
  function finish(job: Job, end: TurnEnd): TurnEnd {
    jobs.delete(job.uid)
    if (job.unfinished.length > 0) {
      const next: Job = { ...job, stale: false, halfToldUntil: undefined }
      jobs.set(job.uid, next)
      begin(next)
    }
    return end
  }

  async function tell(job: Job, { home, unfinished }: Telling): Promise<TurnEnd> {
    try {
      const base = job.stale ? await reread(job) : reservations.find(job.key)
      if (!base && !parts.serves(job.namespace))
        throw new NotServed(`namespace ${job.namespace} can't be listed for now`)
      if (!base || base.uid !== job.uid || (await isSettled(base, home, unfinished))) return done(false)
      const result = await reservations.report(base, fold(base, home, unfinished))
      return endOf(job, { home, unfinished }, base, result)
    } catch (error) {
      return { kind: 'failed', hitch: hitchOf(error) }
    }
  }

  function endOf(job: Job, { home, unfinished }: Telling, base: Reservation, result: ReportResult): TurnEnd {
    switch (result.kind) {
      case 'reported':
        parts.onReported(result.reservation, lastOf(unfinished))
        return done(true)
      case 'gone':
        return done(false)
      case 'refused':
        left.add(base, home, unfinished)
        parts.onRefused(base, result.reason)
        return done(false)
      case 'conflict':
        job.stale = true
        return { kind: 'again', afterMs: 0 }
      case 'notApplied':
        return { kind: 'failed', hitch: result, retryAfterMs: result.retryAfterMs }
      case 'unknown':
        job.stale = true
        return { kind: 'failed', hitch: result }
    }
  }

  function reread({ key, namespace }: Job): Promise<Reservation | undefined> {
    const name = key.slice(namespace.length + 1)
    return reservations.read(namespace, name)
  }

  async function isSettled(base: Reservation, home: StockActor, unfinished: readonly Unfinished[]): Promise<boolean> {
    const told = homeUidOf(base.status)
    if (tells(base.status, home.stock.uid, lastOf(unfinished).sequence)) return true
    if (isFinished(base.status?.phase)) return true // not by an entry of ours: the home gives the hold back
    return told !== undefined && told !== home.stock.uid && !(await parts.isPresent(home))
  }

  function fold(base: Reservation, home: StockActor, unfinished: readonly Unfinished[]): ReservationStatus {
    let status = base.status
    for (const { entry } of unfinished) {
      if (!tells(status, home.stock.uid, entry.sequence))
        status = statusAfter(status, entry, parts.factsFor(home, entry, base))
    }
    return status as ReservationStatus
  }

  function note(home: StockActor, one: Unfinished): void {
    const { uid = '', reservation = '', reservationNamespace: namespace = home.stock.namespace } = one.entry
    courtesies.drop(uid)
    const job = jobs.get(uid)
    if (job?.home === home && job.unfinished.includes(one)) return
    const unfinished = inOrder([...left.take(uid, home), one])
    if (!job) {
      const key = keyOf(namespace, reservation)
      const added: Job = {
        uid,
        key,
        namespace,
        home,
        unfinished,
        stale: false,
        halfToldUntil: undefined,
        state: 'queued',
      }
      jobs.set(uid, added)
      return
    }
    job.unfinished = job.home === home ? inOrder([...job.unfinished, ...unfinished]) : unfinished // a former home is gone
    job.home = home
  }

  return {
    add: slots.add,
    isFailing: slots.isFailing,
    idle: slots.idle,
    aside: courtesies.add,
    get untold() {
      return left.count
    },
    report(home, unfinished) {
      const fresh = new Set<Job>()
      for (const one of unfinished) {
        const isNew = !jobs.has(one.entry.uid ?? '')
        note(home, one)
        const job = jobs.get(one.entry.uid ?? '')
        if (job && (isNew || job.state === 'halfTold')) fresh.add(job)
      }
      for (const job of fresh) begin(job) // all of a batch is noted first, so that it is told in one go
    },
  }
}

const done = (wrote: boolean): TurnEnd => ({ kind: 'done', wrote })

/** A verdict is to be told when others have followed it, which may be after what its home has decided since. */
function inOrder(unfinished: readonly Unfinished[]): Unfinished[] {
  return unfinished.toSorted((a, b) => a.entry.sequence - b.entry.sequence)
}

function lastOf(unfinished: readonly Unfinished[]): Entry {
  return (unfinished.at(-1) as Unfinished).entry
}
