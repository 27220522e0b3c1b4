import { type Clock, msBetween, type Tick } from './clock.ts'
import { clockSkew } from './clock-skew.ts'

/** A clock that tells the time of a server that all members of a group ask, whatever is wrong with their own clocks. */
export interface SharedClock extends Clock {
  /** What the server's clock said in an answer that has just come; undefined = it said nothing, and our clock has to do. */
  observe(serverDate: number | undefined): void
  /** Why `now` can't be believed at present, for people; undefined = it can, and what is too old by it is. */
  whyUnknown(): string | undefined
}

export interface SharedClockParts {
  readonly clock: Clock
  /** Whose time it is, as in "the API server". */
  readonly server: string
  /**
   * Our clock came to be so far ahead of the server's, or behind where that is less than 0; 0 = they have agreed again for
   * a while. Told of no more than once a minute each, however the two go to and fro.
   */
  readonly onApart: (ms: number) => void
}

/** Several servers, dates cut to seconds and slow answers differ by less. */
const AGREES_MS = 20_000
/** What contradicts all that is known is believed once so many answers have said so, for so long. */
const ENOUGH = 3
const LONG_ENOUGH_MS = 10_000
/** So long clocks have to agree before that is said: one that is on the verge would be told of with each answer. */
const SURELY_AGREE_MS = 60_000

/** What an answer has said, and what our clocks said then. */
interface Heard {
  readonly server: number
  readonly wall: number
  readonly tick: Tick
}

/**
 * The server's time, off by a second at most between its answers; steady time and timers are our own.
 *
 * One wrong date makes nothing too old: an answer is believed at once only where our wall clock has come as far as it since
 * the one before, or says the same where it is the first. What contradicts that leaves the time unknown until enough
 * answers in a row agree. So does a wall clock that parts from the steady one, until the next answer: it was set, or this
 * host was suspended.
 */
export function sharedClock({ clock, server, onApart }: SharedClockParts): SharedClock {
  const tellApart = apartTeller(clock, onApart)
  let believed: Heard | undefined
  /** Answers that agree with each other, and not with what is believed. */
  let doubt: { readonly first: Heard; readonly last: Heard; readonly count: number } | undefined
  let saysNothing = false

  const since = ({ tick }: Heard) => msBetween(tick, clock.tick())
  const timeBy = (heard: Heard) => heard.server + since(heard)
  const agrees = (one: number, other: number) => Math.abs(one - other) <= AGREES_MS
  /** By our wall clock, which goes on while this host is suspended. */
  const expected = () => (believed ? believed.server + clock.now() - believed.wall : clock.now())

  /** Whether enough answers say so by now. */
  function outweighs(heard: Heard): boolean {
    const goesOn = doubt !== undefined && agrees(heard.server, timeBy(doubt.last))
    doubt =
      doubt && goesOn ? { ...doubt, last: heard, count: doubt.count + 1 } : { first: heard, last: heard, count: 1 }
    return doubt.count >= ENOUGH && since(doubt.first) >= LONG_ENOUGH_MS
  }

  function nowMs(): number {
    const best = believed ?? doubt?.last
    return best ? timeBy(best) : clock.now()
  }

  return {
    now: () => Math.round(nowMs()), // steady time has fractions, times of messages have none
    tick: clock.tick,
    schedule: clock.schedule,
    observe(date) {
      if (date === undefined) {
        saysNothing = true
        return
      }
      const heard = { server: date, wall: clock.now(), tick: clock.tick() }
      if (!(doubt === undefined && agrees(date, expected())) && !outweighs(heard)) return
      believed = heard
      doubt = undefined
      tellApart(date)
    },
    whyUnknown() {
      if (doubt) {
        const offS = Math.round((timeBy(doubt.last) - expected()) / 1_000)
        return `${server} tells another time than ${believed ? 'before' : "this host's clock"}, by ${offS} s: it is believed once its answers have agreed for ${LONG_ENOUGH_MS / 1_000} s`
      }
      if (!believed) return saysNothing ? undefined : `${server} has not told its time yet`
      if (agrees(timeBy(believed), expected())) return undefined
      return `this host's clock was set, or the host was suspended, since ${server} told its time: its next answer is awaited`
    },
  }
}

/** Says that clocks are apart once, and that they agree once that has lasted. */
function apartTeller(clock: Clock, onApart: (ms: number) => void): (serverDate: number) => void {
  const skew = clockSkew(clock)
  let told = false
  let agreesSince: Tick | undefined
  return (serverDate) => {
    skew.observe(serverDate)
    const excessMs = skew.excessMs()
    if (excessMs !== 0) {
      agreesSince = undefined
      if (!told) onApart(excessMs)
      told = true
      return
    }
    agreesSince ??= clock.tick()
    if (!told || msBetween(agreesSince, clock.tick()) < SURELY_AGREE_MS) return
    told = false
    onApart(0)
  }
}
