import { setTimeout as pause } from 'node:timers/promises'
import { kubernetesClient } from '../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../operator/infrastructure/kubernetes/kube-config.ts'
import { type ResourceClient, resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { reservationsResource } from '../../operator/infrastructure/kubernetes/resources/reservations.ts'
import { virtualStocks } from '../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'

const EXPECTATION = 'kbnt.io/sample-expects'
const WATCH_SECONDS = 3_600
const PAUSE_MS = 1_000

export interface Story {
  /** Resolves when every sample has reached the state that it says it expects; rejects after `withinMs` and names the others. */
  untilExpected(withinMs: number): Promise<void>
  stop(): Promise<void>
}

/** Watches a namespace and tells a line whenever something is new. */
export async function tellStory(
  kubeconfigPath: string,
  namespace: string,
  tell: (line: string) => void,
): Promise<Story> {
  const client = kubernetesClient({ kubeConfig: readKubeConfig(kubeconfigPath), userAgent: 'kbnt-quickstart' })
  const reservationsOf = resourceClient<Reservation>(client, reservationsResource)
  const ending = new AbortController()
  const reservations = new Map<string, Reservation>()
  const stocks = new Map<string, VirtualStock>()
  const told = new Map<string, string>()
  let changed = () => {}

  function tellLine(name: string, text: string): void {
    tell(`  ${new Date().toISOString().slice(11, 19)}  ${name.padEnd(18)} ${text}`)
  }

  /** Lists, then watches until the end; lists again whenever a watch has ended. */
  async function follow<T extends VirtualStock | Reservation>(
    resource: ResourceClient<T>,
    see: (object: T, deleted: boolean) => void,
  ): Promise<void> {
    async function look(): Promise<string> {
      const { items, resourceVersion } = await resource.list({ namespace })
      for (const item of items) see(item, false)
      return resourceVersion
    }
    async function goOn(first: string): Promise<void> {
      for (let resourceVersion = first; !ending.signal.aborted; ) {
        const watch = { namespace, resourceVersion, timeoutSeconds: WATCH_SECONDS, signal: ending.signal }
        await resource
          .watch(watch, ({ type, object }) => type !== 'BOOKMARK' && see(object, type === 'DELETED'))
          .catch(() => undefined)
        await pause(PAUSE_MS, undefined, { signal: ending.signal }).catch(() => undefined)
        if (!ending.signal.aborted) resourceVersion = await look().catch(() => resourceVersion)
      }
    }
    void goOn(await look())
  }

  await follow(resourceClient<VirtualStock>(client, virtualStocks), (stock, deleted) => {
    const name = stock.metadata.name ?? ''
    for (const text of stockTexts(stocks.get(name), stock, deleted)) tellLine(name, text)
    if (deleted) stocks.delete(name)
    else stocks.set(name, stock)
  })
  await follow(reservationsOf, (reservation, deleted) => {
    const name = reservation.metadata.name ?? ''
    const text = deleted ? 'deleted' : reservationText(reservation)
    if (text !== undefined && told.get(name) !== text) tellLine(name, text)
    if (text !== undefined) told.set(name, text)
    if (deleted) reservations.delete(name)
    else reservations.set(name, reservation)
    changed()
  })

  return {
    async untilExpected(withinMs) {
      // asked for, not seen: what was just applied may not have come by the watch yet
      const wanted = (await reservationsOf.list({ namespace })).items.flatMap(expectationOf)
      const unmet = () => wanted.filter((expectation) => !isMet(expectation, reservations.get(expectation.name)))
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const timer = setTimeout(() => reject(new Error(unmetText(unmet(), reservations))), withinMs)
      changed = () => {
        if (unmet().length === 0) resolve()
      }
      changed()
      await promise.finally(() => clearTimeout(timer))
    },
    async stop() {
      ending.abort()
      await client.close()
    },
  }
}

/** What is new of a stock, in lines; nothing before the operator has opened it. */
function stockTexts(before: VirtualStock | undefined, { spec, status }: VirtualStock, deleted: boolean): string[] {
  if (deleted) return ['deleted']
  if (!status) return []
  const known = before?.status
  const price = spec.price ? ` at ${spec.price.amount} ${spec.price.currency}` : ''
  const opening = known?.quantity === status.quantity ? [] : [`${status.quantity} in stock${price}`]
  const level =
    status.level === 'Normal' ? `${status.available} available again` : `${status.available} left: ${status.level}`
  return (known?.level ?? 'Normal') === status.level ? opening : [...opening, level]
}

function reservationText({ status }: Reservation): string | undefined {
  if (!status) return undefined
  const { phase, message = '' } = status
  if (phase === 'Rejected') return `refused: ${message}`
  if (phase === 'Confirmed') return `confirmed: ${message}`
  return phase === 'Pending' ? undefined : message
}

interface Expectation {
  readonly name: string
  readonly phase: string
  /** Absent: any. */
  readonly reason: string | undefined
}

/** None for a reservation that is no sample. */
function expectationOf({ metadata: { name = '', annotations } }: Reservation): Expectation[] {
  const [phase, reason] = annotations?.[EXPECTATION]?.split('/') ?? []
  return phase === undefined ? [] : [{ name, phase, reason }]
}

function isMet({ phase, reason }: Expectation, reservation: Reservation | undefined): boolean {
  const status = reservation?.status
  return status?.phase === phase && (reason === undefined || status.reason === reason)
}

function unmetText(unmet: readonly Expectation[], reservations: ReadonlyMap<string, Reservation>): string {
  const lines = unmet.map(({ name, phase, reason }) => {
    const status = reservations.get(name)?.status
    const found = status ? `${status.phase}/${status.reason}: ${status.message}` : 'not decided'
    return `${name}: expected ${phase}${reason === undefined ? '' : `/${reason}`}, is ${found}`
  })
  return `not every sample came to its expected state:\n  ${lines.join('\n  ')}`
}
