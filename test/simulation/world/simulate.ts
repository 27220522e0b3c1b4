import type { Breakage } from './breakage.ts'
import { check } from './check.ts'
import { checkClosedBooks } from './closed-books.ts'
import { type InhabitedWorld, inhabitedWorld } from './inhabited-world.ts'
import { judgeLines } from './judged-lines.ts'
import { waitsWatch } from './judged-waits.ts'
import { type Excused, nobody, whatIsLeft } from './rest.ts'
import { type Feature, type Mode, type WorldKind, worldKind } from './world-kinds.ts'

export interface Run {
  readonly seed: number
  readonly mode: Mode
  /** Why the seed fails; undefined when it doesn't. */
  readonly failure?: string
  readonly trace: readonly string[]
  readonly entries: number
  readonly takeovers: number
}

export interface SimulationOptions {
  readonly steps?: number | undefined
  readonly keepTrace?: boolean
  /** Absent = drawn from the seed. */
  readonly mode?: Mode | undefined
  /** What happens in this world besides what happens in all. */
  readonly features?: readonly Feature[] | undefined
  /** What is wrong with every operator of this world; absent = nothing. */
  readonly breakage?: Breakage | undefined
}

const SETTLE_MS = 300_000
/** What was sent long ago lands (at most 20 s later), zombies find out. */
const AFTERMATH_MS = 30_000
/** Until those who have come in peace stand in line. */
const RUSH_MS = 1_500
const LOOK_EVERY_MS = 1_000
/** Whoever came last is told why it waits, too: of a stock that has much to do only after half a minute. */
const TOLD_WITHIN_MS = 32_000
/** When a namespace that could not be listed is tried again at the latest. */
const LISTED_WITHIN_MS = 31_000
/**
 * How long those who are there may take to come to rest: the longest hold that a client can have extended (60 s) after
 * the longest wait (30 s), each with a slowest retry (30 s) before it.
 */
const REST_MS = 150_000
/** What was sick is looked at again after five minutes at the latest; then it may take as long as anything. */
const RECOVERY_MS = 300_000 + REST_MS

/** One world from one seed: faults while clients act, then peace, and the books. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Run> {
  const kind = worldKind(seed, options.mode, new Set(options.features))
  const world = inhabitedWorld(seed, options, kind)
  await live(world, kind, options.steps ?? 120)
  if (!world.broken()) {
    heal(world)
    await (kind.mode === 'liveness' ? comeToRest(world) : startAnew(world))
  }
  if (!world.broken()) world.judge(() => checkClosedBooks(world))
  world.crew.killAll()
  const failure = world.broken()
  const entries = world.watching.books.total()
  const takeovers = world.crew.all.length
  return { seed, mode: kind.mode, trace: world.trace, entries, takeovers, ...(failure !== undefined && { failure }) }
}

async function live({ time, random, people, sick, crew, ...world }: InhabitedWorld, kind: WorldKind, steps: number) {
  people.open()
  crew.spawn()
  for (let step = 0; step < steps && world.broken() === undefined; step += 1) {
    await time.pass(random.between(1, 400))
    people.act()
    if (step === Math.floor(steps / 2)) sick.begin()
    if (random.chance(0.06)) disturb({ random, crew, ...world }, kind)
    if (random.chance(0.3)) crew.keepOne()
  }
}

function disturb(
  { random, crew, broker, offset }: Pick<InhabitedWorld, 'random' | 'crew' | 'broker' | 'offset'>,
  { clockOffsetsMs }: WorldKind,
): void {
  const roll = random.next()
  if (roll < 0.35) crew.killOne()
  else if (roll < 0.55) crew.pauseOne()
  else if (roll < 0.7) crew.resumeAll()
  else if (roll < 0.8) broker.away = !broker.away
  else if (roll < 0.85) offset.ms = random.pick(clockOffsetsMs) as number
  else crew.addOne()
  crew.keepOne()
}

/** Everything that passes by itself is over; what is sick stays. */
function heal({ faults, broker, offset, crew }: InhabitedWorld): void {
  faults.rate = 0
  faults.watchLagMs = 20
  faults.unlisted = undefined
  broker.away = false
  offset.ms = 0
  crew.resumeAll()
}

/** Nobody of before is left: whoever comes now finds all that was done, and finishes it. */
async function startAnew({ time, people, sick, crew, ...world }: InhabitedWorld): Promise<void> {
  sick.heal()
  await time.pass(AFTERMATH_MS)
  await demandNoGhosts({ time, crew, ...world }, whoeverWaits)
  people.calmDown()
  crew.killAll()
  crew.spawn()
  const quiet = () => {
    crew.keepOne()
    return (
      world.broken() !== undefined ||
      (crew.leader() !== undefined && whatIsLeft(world) === undefined && world.server.spools.size === 0)
    )
  }
  await time.until(quiet, SETTLE_MS)
  await demandNoGhosts({ time, crew, ...world })
}

/** Whoever leads goes on: first all but the sick come to rest, then, healed, the sick too. */
async function comeToRest(world: InhabitedWorld): Promise<void> {
  const { time, people, sick, crew } = world
  await waitUntil(world, () => time.now() < 0, AFTERMATH_MS)
  crew.keepOne()
  crew.keepLeader()
  people.calmDown()
  const leaders = crew.all.length
  await watchWaits(world)
  if (sick.present) {
    await demandRest(world, REST_MS, `beside ${sick.present}`, sick.excused)
    await demandNoGhosts(world, sick.excused)
    await time.pass(world.kind.unlisted === undefined ? TOLD_WITHIN_MS : LISTED_WITHIN_MS + TOLD_WITHIN_MS)
    demandReasons(world)
  }
  sick.heal()
  await demandRest(world, sick.present ? RECOVERY_MS : REST_MS, 'in peace')
  world.judge(() => check(crew.all.length === leaders, () => 'a process ended by itself in peace'))
  await demandNoGhosts(world)
}

/** From here on nobody starves: who waits is served, while what is sick is felt by many. */
async function watchWaits({ server, watching, time, sick, people, judge, broken }: InhabitedWorld): Promise<void> {
  const look = waitsWatch({
    ...{ server, takings: watching.takings, now: time.now, mayStarve: sick.mayStarve, isMuteAt: sick.isMuteAt },
    canBeTold: (reservation) => !sick.wasUntellable(reservation),
  })
  const again = () => {
    judge(look)
    if (broken() === undefined) time.schedule(LOOK_EVERY_MS, again)
  }
  people.rush()
  await time.pass(RUSH_MS)
  sick.press()
  again()
}

/** Some may not be at rest yet; only who is over must stand nowhere. */
const whoeverWaits: Excused = { stock: () => false, reservation: () => true }

/** The watch has shown by then what was told last. */
async function demandNoGhosts(
  { time, server, crew, judge }: Pick<InhabitedWorld, 'time' | 'server' | 'crew' | 'judge'>,
  excused: Excused = nobody,
): Promise<void> {
  await time.pass(2_000)
  judge(() => judgeLines({ server, actors: crew.leader()?.actors ?? [] }, excused))
}

/** Whoever waits because something is sick is told what for, unless that is what can't be done. */
function demandReasons({ kind, server, sick, judge }: InhabitedWorld): void {
  if (!kind.has('toldWhileWaiting')) return
  for (const reservation of server.reservations.values()) {
    const { name, uid, status } = reservation
    const isTold = status !== undefined && status.reason.length > 0 && status.message.length > 0
    const canBeTold = sick.refusalOf(reservation) === undefined
    judge(() => check(isTold || !canBeTold, () => `${name} (${uid}) waits, and nobody says what for`))
  }
}

/** Looks no more often than that: each look goes through all that there is. */
function seldom({ now }: Pick<InhabitedWorld['time'], 'now'>, isDone: () => boolean): () => boolean {
  let lookedAt = 0
  return () => {
    if (now() - lookedAt < LOOK_EVERY_MS) return false
    lookedAt = now()
    return isDone()
  }
}

/** As long as it takes, with somebody there all the time. */
function waitUntil({ time, crew, broken }: InhabitedWorld, done: () => boolean, limitMs: number): Promise<boolean> {
  return time.until(() => {
    crew.keepOne()
    return broken() !== undefined || done()
  }, limitMs)
}

async function demandRest(world: InhabitedWorld, limitMs: number, when: string, excused?: Excused): Promise<void> {
  const { time, judge, broken } = world
  const left = () => whatIsLeft(world, excused)
  await waitUntil(
    world,
    seldom(time, () => left() === undefined),
    limitMs,
  )
  if (broken() === undefined)
    judge(() => check(left() === undefined, () => `no rest within ${limitMs} ms ${when}: ${left()}`))
}
