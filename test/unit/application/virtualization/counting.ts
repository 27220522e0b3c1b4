import { unfinishedRequests } from '../../../../operator/application/virtualization/unfinished-requests.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

/** The counting of a member that is told these counts, one after the other. `failed`: namespaces that can't be counted. */
export function counting(
  counts: (Readonly<Record<string, number>> | Error)[],
  most = 20,
  failed: Map<string, string> = new Map(),
  members: () => number | undefined = () => 1,
) {
  const clock = fakeClock()
  const troubles: string[] = []
  let lists = 0
  const unfinished = unfinishedRequests({
    count: async () => {
      lists += 1
      const next = counts.length > 1 ? counts.shift() : counts[0]
      if (next instanceof Error) throw next
      return { counts: new Map(Object.entries(next ?? {})), failed: new Map(failed) }
    },
    ...{ most, members, clock, onTrouble: (message) => troubles.push(message) },
  })
  unfinished.start()
  const begun = (namespace: string) => unfinished.beginning(namespace)(true)
  return { clock, unfinished, begun, troubles, lists: () => lists }
}
