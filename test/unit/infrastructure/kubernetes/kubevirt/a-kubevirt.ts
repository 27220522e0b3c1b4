import { ApiError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../../operator/infrastructure/kubernetes/client.ts'
import {
  type KubevirtProvider,
  kubevirtProvider,
} from '../../../../../operator/infrastructure/kubernetes/kubevirt/kubevirt-provider.ts'
import { watchedCache } from '../../../../../operator/infrastructure/kubernetes/watched-cache.ts'
import { type FakeClock, fakeClock } from '../../../../fakes/fake-clock.ts'

export interface Asked {
  readonly path: string
  readonly method: string
}

export const served = { resources: [{ name: 'virtualmachines' }, { name: 'virtualmachineinstances' }] }
export const empty = { items: [], metadata: { resourceVersion: '1' } }

export const running = {
  metadata: {
    namespace: 'team-a',
    name: 'web-0909a693',
    uid: 'vm-uid',
    labels: { 'kbnt.io/machine-uid': '0909a693-1111' },
    annotations: { 'kbnt.io/machine': 'web' },
  },
  spec: { runStrategy: 'Always' },
  status: { printableStatus: 'Running' },
}

const absent = new ApiError(404, { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' })

interface Beside {
  /** What lists of a kind say. */
  readonly lists?: Readonly<Record<string, readonly object[]>>
  readonly instance?: object
}

/** KubeVirt has nothing but `machine`; what `faultOf` answers is thrown. */
export function aKubevirt(
  faultOf: (asked: Asked) => Error | undefined,
  machine?: object,
  { lists = {}, instance }: Beside = {},
): { clock: FakeClock; provider: KubevirtProvider } {
  const clock = fakeClock()
  const client = {
    async call(asked: Asked) {
      const fault = faultOf(asked)
      if (fault) throw fault
      const [, kind = ''] = /\/namespaces\/team-a\/(\w+)[?]/.exec(asked.path) ?? []
      if (lists[kind]) return { body: { ...empty, items: lists[kind] } }
      const isOne = /virtualmachine(instance)?s\/[^?/]+$/.test(asked.path)
      const one = asked.path.includes('instances/') ? instance : machine
      if (isOne && !one) throw absent
      return { body: isOne ? one : asked.path === '/apis/kubevirt.io/v1' ? served : empty }
    },
    stream: () => new Promise(() => undefined),
  } as unknown as KubernetesClient
  const namespaces = ['team-a', 'sick']
  const provider = kubevirtProvider({
    ...{ client, clock, storage: {} as never, onChanged: () => undefined },
    cacheOf: (resource, handlers) =>
      watchedCache({ client: resource, namespaces, clock, random: () => 0, observer: {}, handlers }),
  })
  return { clock, provider }
}

export async function within<T>(clock: FakeClock, ms: number, asked: Promise<T>): Promise<T | string> {
  const answer = asked.catch((error: unknown) => `throws ${error}`)
  await clock.advance(ms)
  return answer
}
