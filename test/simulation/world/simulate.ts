import { apiServer, type Change } from './api-server.ts'
import type { Breakage } from './breakage.ts'
import { InvariantBroken } from './check.ts'
import { clients } from './clients.ts'
import { checkClosedBooks } from './closed-books.ts'
import { kafka } from './kafka.ts'
import { type OperatorProcess, operatorProcess } from './operator-process.ts'
import { randomFrom } from './random.ts'
import { virtualTime } from './virtual-time.ts'
import { witness } from './witness.ts'

export interface Run {
  readonly seed: number
  /** Why the seed fails; undefined when it doesn't. */
  readonly failure?: string
  readonly trace: readonly string[]
  readonly entries: number
  readonly takeovers: number
}

export interface SimulationOptions {
  readonly steps?: number
  readonly keepTrace?: boolean
  /** What is wrong with every operator of this world; absent = nothing. */
  readonly breakage?: Breakage
}

const SETTLE_MS = 300_000

/** One world from one seed: faults while clients act, then peace, a last leader, and the books. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Run> {
  const { steps = 120, keepTrace = false, breakage } = options
  const random = randomFrom(seed)
  const time = virtualTime()
  const trace: string[] = []
  const note = (line: string) => {
    if (keepTrace)
      trace.push(`${((time.now() - Date.parse('2026-01-01T00:00:00Z')) / 1_000).toFixed(3).padStart(9)} ${line}`)
  }
  const processes: OperatorProcess[] = []
  const offset = { ms: 0 }
  const watching = witness(time.now)
  let broken: unknown
  const server = apiServer(
    (change) => {
      note(describe(change))
      try {
        watching.see(change)
      } catch (error) {
        broken ??= error
      }
      for (const one of processes) one.see(change)
    },
    random.pick([256, 256, 30]) as number,
  )
  const broker = kafka()
  const faults = { rate: random.pick([0, 0.01, 0.05]) as number, watchLagMs: random.pick([20, 200, 3_000]) as number }
  const people = clients(server, random, time.now)

  function spawn(): OperatorProcess {
    const name = `operator-${processes.length + 1}`
    const one = operatorProcess({
      name,
      time,
      random,
      server,
      kafka: broker,
      faults,
      transitions: processes.length,
      clockOffsetMs: () => offset.ms,
      trace: note,
      breakage,
      onNonsense: (message) => {
        broken ??= new InvariantBroken(message)
      },
    })
    processes.push(one)
    void one.start()
    return one
  }

  const living = () => processes.filter(({ state }) => state !== 'dead')

  function disturb(): void {
    const roll = random.next()
    const leader = random.pick(living())
    if (roll < 0.35) leader?.kill()
    else if (roll < 0.55) leader?.pause()
    else if (roll < 0.7) for (const one of processes) one.resume()
    else if (roll < 0.8) broker.away = !broker.away
    else if (roll < 0.85) offset.ms = random.pick([0, 0, 2_000, -2_000, 30_000, -30_000]) as number
    else if (living().length < 3) spawn() // while another may still believe that it leads
    if (!living().some(({ state }) => state === 'running')) spawn()
  }

  function restoreLeader(): void {
    if (!living().some(({ state }) => state === 'running')) spawn()
  }

  async function live(): Promise<void> {
    people.open()
    spawn()
    for (let step = 0; step < steps && !broken; step += 1) {
      await time.pass(random.between(1, 400))
      people.act()
      if (random.chance(0.06)) disturb()
      if (random.chance(0.3)) restoreLeader()
    }
  }

  async function settle(): Promise<void> {
    faults.rate = 0
    faults.watchLagMs = 20
    broker.away = false
    offset.ms = 0
    for (const one of processes) one.resume()
    await time.pass(30_000) // what was sent long ago lands, zombies find out
    people.calmDown()
    for (const one of processes) one.kill()
    let last = spawn()
    const quiet = () => {
      if (last.state === 'dead') last = spawn()
      return broken !== undefined || (last.leading && isQuiet())
    }
    await time.until(quiet, SETTLE_MS)
    await time.pass(2_000)
  }

  const isQuiet = () =>
    server.spools.size === 0 &&
    [...server.stocks.values()].every(
      ({ status, terms }) => status && status.ledger.pending.length === 0 && status.quantity === terms.quantity,
    ) &&
    [...server.reservations.values()].every(
      ({ status, spec }) =>
        status &&
        !['Pending', 'Waiting', 'Reserved'].includes(status.phase) &&
        !(spec.state === 'Released' && status.phase === 'Confirmed'),
    )

  await live()
  if (!broken) await settle()
  try {
    if (broken) throw broken
    checkClosedBooks(server, broker, watching.entries)
  } catch (error) {
    if (!(error instanceof InvariantBroken)) throw error
    broken = error
  }
  for (const one of processes) one.kill()
  const total = [...watching.entries.values()].reduce((sum, { length }) => sum + length, 0)
  return {
    seed,
    trace,
    entries: total,
    takeovers: processes.length,
    ...(broken instanceof Error && { failure: broken.message }),
  }
}

function describe(change: Change): string {
  if (change.kind === 'reservation') {
    const { name, uid, spec, status } = change.reservation
    return `${change.type} ${name} (${uid}) wants ${spec.state} of ${spec.items.map(({ stock, quantity }) => `${quantity} ${stock}`).join(', ')}: ${status?.phase ?? '-'} ${status?.reason ?? ''} ${status?.sequence ?? ''}`
  }
  const { name, uid, terms, status, position } = change.stock
  const pending = status?.ledger.pending.map(
    (entry) =>
      `${entry.sequence}${entry.verb}${entry.uid ? `(${entry.uid}${entry.follows ? ` follows ${entry.follows.uid}:${entry.follows.sequence}` : ''})` : ''}`,
  )
  return `${change.type} ${name} (${uid}) v${position} ${terms.terminating ? 'terminating ' : ''}${status ? `${status.reserved}+${status.confirmed} of ${status.quantity} by ${status.ledger.writer}#${status.ledger.attempt} [${pending?.join(' ')}]` : ''}`
}
