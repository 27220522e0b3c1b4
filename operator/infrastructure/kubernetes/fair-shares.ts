import { type Fifo, fifo } from './fifo.ts'
import type { Clock } from './timers.ts'

export interface Shares {
  /** Pieces of work under way in all that have not taken long yet. */
  readonly inAll: number
  /** Pieces of work of one party under way, however long they take. */
  readonly each: number
  /** What takes longer than this makes room for the next, and goes on. */
  readonly longMs: number
}

/**
 * Work of several parties that share what they work with. Parties have their turns one after the other; a party whose
 * work hangs keeps its own share, and costs the others no more than `longMs` for each piece of it.
 */
export interface FairShares {
  /** Runs `work` when it is the party's turn and there is room. */
  run<T>(party: string, work: () => Promise<T>): Promise<T>
}

interface Party {
  readonly waiting: Fifo<() => Promise<unknown>>
  running: number
  /** Whether it is in the line of those whose turn may come. */
  inLine: boolean
}

export function fairShares({ inAll, each, longMs }: Shares, clock: Clock): FairShares {
  /** Only those that have work, so it is bounded as their work is. */
  const parties = new Map<string, Party>()
  const line = fifo<string>()
  let quick = 0

  function join(name: string, party: Party): void {
    if (party.inLine || party.running >= each || party.waiting.length === 0) return
    party.inLine = true
    line.push(name)
  }

  function pump(): void {
    while (quick < inAll) {
      const name = line.shift()
      if (name === undefined) return
      const party = parties.get(name) as Party // it has work, so it is there
      party.inLine = false
      begin(name, party, party.waiting.shift() as () => Promise<unknown>)
      join(name, party)
    }
  }

  function begin(name: string, party: Party, work: () => Promise<unknown>): void {
    quick += 1
    party.running += 1
    let counted = true
    const makeRoom = (): void => {
      if (counted) quick -= 1
      counted = false
    }
    const cancel = clock.schedule(longMs, () => {
      makeRoom()
      pump()
    })
    void work().finally(() => {
      cancel()
      makeRoom()
      party.running -= 1
      join(name, party)
      if (party.running === 0 && party.waiting.length === 0) parties.delete(name)
      pump()
    })
  }

  return {
    run<T>(name: string, work: () => Promise<T>) {
      const party = parties.get(name) ?? { waiting: fifo(), running: 0, inLine: false }
      parties.set(name, party)
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      party.waiting.push(() => Promise.resolve().then(work).then(resolve, reject))
      join(name, party)
      pump()
      return promise
    },
  }
}
