import assert from 'node:assert/strict'
import { expectationsOf, isMet, keyIn, type Sample, unmetText } from '../../hack/quickstart/expectation.ts'
import type { ClusterSite } from './cluster-site.ts'

interface Samples {
  readonly items: readonly Sample[]
}

/** What each sample of config/samples is instead of what it should be; undefined when all are as they should. */
export async function unmetSamples({ json }: ClusterSite): Promise<string | undefined> {
  const reservations = await json<Samples>('get', 'reservations', '-n', 'shop')
  const machines = await json<Samples>('get', 'vmachines', '-n', 'machines')
  const all = [['Reservation', reservations.items] as const, ['VirtualMachine', machines.items] as const]
  const seen = new Map(all.flatMap(([kind, items]) => items.map((item) => [keyIn(kind, item), item] as const)))
  const wanted = all.flatMap(([kind, items]) => expectationsOf(kind, items))
  assert.ok(wanted.length >= 12, `${wanted.length} samples say what they come to`)
  const unmet = wanted.filter((one) => !isMet(one, seen.get(one.key)))
  return unmet.length > 0 ? unmetText(unmet, seen) : undefined
}
