import type { Question } from '../../../../operator/application/ledger/ask-queue.ts'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import { Undecided } from '../../../../operator/application/ledger/undecided.ts'
import { hold } from '../../../fixtures/drafts.ts'
import { leadAt } from '../engine/a-leader.ts'
import { aSite } from '../engine/a-site.ts'

/** A stock of 1,000 beans beside milk, led and open. */
export async function aWriter() {
  const site = aSite()
  for (const name of ['beans', 'milk']) site.stock(name, { quantity: 1_000 })
  const leader = await leadAt(site)
  const actor = leader.actorOf('beans')
  const writes: number[] = []
  site.answers.append = ({ name }, { ledger }) => {
    if (name === 'beans') writes.push(ledger.pending.length)
    return undefined
  }
  return { site, leader, actor, writes, ask: asker(actor) }
}

/** Asks, and notes how that ends. */
function asker(actor: StockActor) {
  return (wish: Question) => {
    const outcome: { end: unknown } = { end: 'waits' }
    actor.ask(wish).then(
      (entries) => {
        outcome.end = entries.map(({ verb, uid }) => `${verb} ${uid}`).join()
      },
      (error: unknown) => {
        outcome.end = error
      },
    )
    return outcome
  }
}

export const holding = (uid: string, quantity = 1): Question => ({
  takesUnits: true,
  decide: () => [hold(uid, quantity)],
})
export const whyOf = (end: unknown) => (end instanceof Undecided ? end.why.reason : end)
