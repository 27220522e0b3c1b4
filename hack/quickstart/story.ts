import { setTimeout as pause } from 'node:timers/promises'
import { kubernetesClient } from '../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../operator/infrastructure/kubernetes/kube-config.ts'
import type { KubernetesObject } from '../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { ownerOf } from '../../operator/infrastructure/kubernetes/providers/provided-objects.ts'
import { type ResourceClient, resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { reservationsResource } from '../../operator/infrastructure/kubernetes/resources/reservations.ts'
import { machineMarks } from '../../operator/infrastructure/kubernetes/resources/resource-capacity.ts'
import { virtualMachines } from '../../operator/infrastructure/kubernetes/resources/virtual-machines.ts'
import { virtualStocks } from '../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import { expectationsOf, isMet, isMissed, keyIn, type Sample, unmetText } from './expectation.ts'
import { machineText, reservationText, stockTexts } from './story-lines.ts'

const WATCH_SECONDS = 3_600
const PAUSE_MS = 1_000

export interface Story {
  /** Resolves when every sample has reached the state that it says it expects; rejects, naming the others, when one can't any more, or after `withinMs`. */
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
  const reservations = resourceClient<Reservation>(client, reservationsResource)
  const machines = resourceClient<VirtualMachine>(client, virtualMachines)
  const ending = new AbortController()
  const samples = new Map<string, Sample>()
  const told = new Map<string, string>()
  let changed = () => {}

  function tellLine({ metadata: { name = '' } }: KubernetesObject, text: string): void {
    tell(`  ${new Date().toISOString().slice(11, 19)}  ${name.padEnd(18)} ${text}`)
  }

  function seeSample(kind: string, sample: KubernetesObject & Sample, text: string | undefined): void {
    const key = keyIn(kind, sample)
    if (text !== undefined && told.get(key) !== text) tellLine(sample, text)
    if (text !== undefined) told.set(key, text)
    samples.set(key, sample)
    changed()
  }

  const follow = <T extends KubernetesObject>(resource: ResourceClient<T>, see: Seen<T>) =>
    followNamespace(resource, namespace, { see, signal: ending.signal })
  await follow(resourceClient<VirtualStock>(client, virtualStocks), stockTeller(tellLine))
  await follow(reservations, (reservation, deleted) => {
    if (ownerOf(reservation, machineMarks)) return // the machine tells of it
    seeSample('reservation', reservation, deleted ? 'deleted' : reservationText(reservation))
  })
  await follow(machines, (machine, deleted) => {
    seeSample('machine', machine, deleted ? 'deleted' : machineText(machine, samples.get(keyIn('machine', machine))))
  })

  return {
    async untilExpected(withinMs) {
      // asked for, not seen: what was just applied may not have come by the watch yet
      const wanted = [
        ...expectationsOf('reservation', (await reservations.list({ namespace })).items),
        ...expectationsOf('machine', (await machines.list({ namespace })).items),
      ]
      const unmet = () => wanted.filter((expectation) => !isMet(expectation, samples.get(expectation.key)))
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const timer = setTimeout(() => reject(new Error(unmetText(unmet(), samples))), withinMs)
      changed = () => {
        if (unmet().length === 0) resolve()
        const missed = unmet().filter((expectation) => isMissed(expectation, samples.get(expectation.key)))
        if (missed.length > 0) reject(new Error(unmetText(missed, samples)))
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

type Seen<T> = (object: T, deleted: boolean) => void

/** Lists, then watches until the end; lists again whenever a watch has ended. */
async function followNamespace<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  namespace: string,
  { see, signal }: { readonly see: Seen<T>; readonly signal: AbortSignal },
): Promise<void> {
  async function look(): Promise<string> {
    const { items, resourceVersion } = await resource.list({ namespace })
    for (const item of items) see(item, false)
    return resourceVersion
  }
  async function goOn(first: string): Promise<void> {
    for (let resourceVersion = first; !signal.aborted; ) {
      const watch = { namespace, resourceVersion, timeoutSeconds: WATCH_SECONDS, signal }
      await resource
        .watch(watch, ({ type, object }) => type !== 'BOOKMARK' && see(object, type === 'DELETED'))
        .catch(() => undefined)
      await pause(PAUSE_MS, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) resourceVersion = await look().catch(() => resourceVersion)
    }
  }
  void goOn(await look())
}

function stockTeller(tellLine: (stock: VirtualStock, text: string) => void): Seen<VirtualStock> {
  const known = new Map<string, VirtualStock>()
  return (stock, deleted) => {
    const name = stock.metadata.name ?? ''
    if (deleted) {
      known.delete(name)
      tellLine(stock, 'deleted')
      return
    }
    for (const text of stockTexts(known.get(name), stock)) tellLine(stock, text)
    known.set(name, stock)
  }
}
