import {
  type Answer,
  LedgerAway,
  LedgerBusy,
  type Order,
  type Reserve,
} from '../../../operator/application/rows/order.ts'
import type { RowLedger } from '../../../operator/application/rows/row-ledger.ts'
import { anOrder } from '../../fixtures/row-orders.ts'
import type { Random } from '../world/random.ts'
import { numberedUid } from './numbered-uid.ts'

/** A process with a ledger, which may die: then nobody hears of what it was asked any more. */
export interface RowProcess {
  readonly ledger: RowLedger
  /** Rejects when it dies. */
  readonly death: Promise<never>
}

/** What somebody wanted once, under which uids it was asked for, and what was told last. */
export interface Intent {
  readonly order: Reserve
  readonly uids: string[]
  /** An Error: nothing was done, as far as anybody says. */
  told: Answer | Error | undefined
  /** What was asked for after the order was answered. */
  next: Order['kind'] | undefined
}

export interface Clients {
  readonly intents: readonly Intent[]
  /** Those that have not been answered yet. */
  readonly waiting: number
  /** One more order by somebody. */
  come(): void
}

interface ClientParts {
  readonly random: Random
  readonly stocks: readonly string[]
  /** One that lives. */
  readonly process: () => RowProcess
  readonly pause: () => Promise<void>
  readonly newUids: boolean
}

const followUps = ['confirm', 'release', 'extend', undefined] as const

/** People who hold, sell, extend and give back, and who ask again whenever nobody has told them what came of it. */
export function rowClients({ random, stocks, process, pause, newUids }: ClientParts): Clients {
  const intents: Intent[] = []
  let waiting = 0

  function someOrder(): Reserve {
    const shuffled = [...stocks].sort(() => random.next() - 0.5).slice(0, random.chance(0.3) ? 2 : 1)
    const lines = shuffled.sort().map((stock) => [stock, random.between(1, 4)] as const)
    const consumer = random.pick(['anna', 'ben', 'cleo'])
    const ttlMs = random.between(1, 20) * 60_000
    return anOrder(lines, {
      uid: numberedUid(1_000 * (intents.length + 1)),
      confirm: random.chance(0.3),
      ttlMs,
      about: { ...(consumer && { consumer }) },
    })
  }

  async function asked(intent: Intent, order: Order): Promise<Answer | Error> {
    for (;;) {
      const { ledger, death } = process()
      try {
        const answer = await Promise.race([ledger.order(order), death])
        if (answer.kind !== 'busy') return answer
      } catch (error) {
        const mayAskAgain = error === died || error instanceof LedgerAway || error instanceof LedgerBusy
        if (!mayAskAgain) return error as Error
      }
      await pause()
      if (newUids && order.kind === 'reserve') {
        const uid = numberedUid(1_000 * (intents.indexOf(intent) + 1) + intent.uids.length)
        intent.uids.push(uid)
        return asked(intent, { ...order, uid })
      }
    }
  }

  async function live(): Promise<void> {
    const order = someOrder()
    const intent: Intent = { order, uids: [order.uid], told: undefined, next: random.pick(followUps) }
    intents.push(intent)
    waiting += 1
    intent.told = await asked(intent, order)
    const { uid } = order
    const isNothing =
      !(intent.told instanceof Error) && (intent.told.kind === 'noStock' || intent.told.kind === 'halted')
    if (isNothing) intent.next = undefined
    if (intent.next === 'extend') intent.told = await asked(intent, { kind: 'extend', uid, ttlMs: 30 * 60_000 })
    else if (intent.next) intent.told = await asked(intent, { kind: intent.next as 'confirm' | 'release', uid })
    waiting -= 1
  }

  return {
    intents,
    get waiting() {
      return waiting
    },
    come: () => void live(),
  }
}

/** What whoever asked a process hears when it dies. */
export const died = new Error('the process has died')
