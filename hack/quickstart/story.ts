import { kubernetesClient } from '../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../operator/infrastructure/kubernetes/kube-config.ts'
import { type ResourceClient, resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { reservationsResource } from '../../operator/infrastructure/kubernetes/resources/reservations.ts'
import { virtualStocks } from '../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'

const EXPECTATION = 'kbnt.io/sample-expects'
const WATCH_SECONDS = 3_600

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
  const ending = new AbortController()
  const reservations = new Map<string, Reservation>()
  const told = new Map<string, string>()
  let changed = () => {}

  function tellOnce(name: string, text: string | undefined): void {
    if (text === undefined || told.get(name) === text) return
    told.set(name, text)
    tell(`  ${new Date().toISOString().slice(11, 19)}  ${name.padEnd(18)} ${text}`)
  }

  async function follow<T extends VirtualStock | Reservation>(
    resource: ResourceClient<T>,
    see: (object: T) => void,
  ): Promise<void> {
    const { items, resourceVersion } = await resource.list({ namespace })
    for (const item of items) see(item)
    const watch = { namespace, resourceVersion, timeoutSeconds: WATCH_SECONDS, signal: ending.signal }
    void resource.watch(watch, ({ type, object }) => type !== 'BOOKMARK' && see(object)).catch(() => undefined)
  }

  await follow(resourceClient<VirtualStock>(client, virtualStocks), (stock) =>
    tellOnce(stock.metadata.name ?? '', stockText(stock)),
  )
  await follow(resourceClient<Reservation>(client, reservationsResource), (reservation) => {
    reservations.set(reservation.metadata.name ?? '', reservation)
    tellOnce(reservation.metadata.name ?? '', reservationText(reservation))
    changed()
  })

  return {
    async untilExpected(withinMs) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const timer = setTimeout(() => reject(new Error(unmetText([...reservations.values()]))), withinMs)
      changed = () => {
        if (reservations.size > 0 && [...reservations.values()].every(isAsExpected)) resolve()
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

function stockText({ spec, status }: VirtualStock): string | undefined {
  if (!status) return undefined
  const price = spec.price ? ` at ${spec.price.amount} ${spec.price.currency}` : ''
  const level = status.level === 'Normal' ? '' : `: ${status.level}`
  return told(
    status.level === 'Normal' && status.reserved + status.confirmed === 0,
    `${spec.quantity} in stock${price}`,
    level && `${status.available} left${level}`,
  )
}

const told = (isNew: boolean, opening: string, later: string) => (isNew ? opening : later || undefined)

function reservationText({ status }: Reservation): string | undefined {
  if (!status) return undefined
  const { phase, message = '' } = status
  if (phase === 'Rejected') return `refused: ${message}`
  if (phase === 'Confirmed') return `confirmed: ${message}`
  return phase === 'Pending' ? undefined : message
}

function isAsExpected({ metadata, status }: Reservation): boolean {
  const expected = metadata.annotations?.[EXPECTATION]
  if (expected === undefined) return true
  const [phase, reason] = expected.split('/')
  return status?.phase === phase && (reason === undefined || status?.reason === reason)
}

function unmetText(reservations: readonly Reservation[]): string {
  const unmet = reservations.filter((reservation) => !isAsExpected(reservation))
  const lines = unmet.map(
    ({ metadata, status }) =>
      `${metadata.name}: expected ${metadata.annotations?.[EXPECTATION]}, is ${status?.phase ?? 'undecided'}/${status?.reason ?? '-'}`,
  )
  return `not every sample came to its expected state:\n  ${lines.join('\n  ')}`
}
