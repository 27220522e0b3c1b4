import { type Leader, leadAt } from './a-leader.ts'
import { aSite, denied, type Site } from './a-site.ts'

export const MINUTE_MS = 60_000
export const patient = { waitForMs: 20 * 60 * MINUTE_MS }
export const frozen = "its books can't be stored: a freeze"

/** The site with a leader of ten apples and ten pints of milk. */
export async function aShop() {
  const site = aSite()
  for (const name of ['apples', 'milk']) site.stock(name, { quantity: 10 })
  return { site, leader: await leadAt(site) }
}

export const freeze = (site: Site, stock: string) => {
  site.answers.append = ({ name }) => (name === stock ? { before: denied } : undefined)
}

/** It can't be read again either. */
export function halt(site: Site, leader: Leader, stock: string): void {
  site.answers.readStock = (name) => (name === stock ? Promise.reject(new Error('429')) : undefined)
  leader.actorOf(stock).halt(new Error('something is wrong with it'))
}

/** So many minutes, with a look at the lines every few seconds. */
export async function minutes(site: Site, leader: Leader, count: number): Promise<void> {
  for (let left = count * 10; left > 0; left -= 1) {
    await site.pass(5_000)
    await leader.refresh()
  }
}

/** How often each status was written since. */
export function writesFrom(site: Site): () => Record<string, number> {
  const writes: Record<string, number> = {}
  site.answers.report = ({ name }) => {
    writes[name] = (writes[name] ?? 0) + 1
    return undefined
  }
  return () => writes
}

export const saidOf = (site: Site, name: string, namespace = 'shop') => site.told(name, namespace)?.message
