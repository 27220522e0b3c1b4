import type { Programs } from './cluster-site.ts'

const apiVersion = 'kbnt.io/v1beta1'

/** Applies a stock, and a reservation that holds some of it; resolves when it is held. */
export async function makeHeld(site: Programs, namespace: string, name: string): Promise<void> {
  const stock = { apiVersion, kind: 'VirtualStock', metadata: { name: 'bean', namespace } }
  await site.apply({ ...stock, spec: { quantity: 1_000 } })
  const items = [{ stock: 'bean', quantity: 2 }]
  await site.apply({ ...stock, kind: 'Reservation', metadata: { name, namespace }, spec: { items } })
  const reserved = '--for=jsonpath={.status.phase}=Reserved'
  await site.kubectl('wait', '-n', namespace, `rsv/${name}`, reserved, '--timeout=30s')
}

/** Applies a pool that has enough, and this many machines; resolves when all of them run. */
export async function makeMachines(site: Programs, namespace: string, count: number): Promise<void> {
  const stocks = (['cpu', 'memory', 'disk'] as const).map((resource) => ({
    ...{ apiVersion, kind: 'VirtualStock' },
    metadata: {
      name: `racks-${resource}`,
      namespace,
      labels: { 'kbnt.io/pool': 'racks', 'kbnt.io/resource': resource },
    },
    spec: { unit: resource === 'cpu' ? 'vCPU' : 'GiB', quantity: 1_000, reclaimPolicy: 'Return' },
  }))
  const machines = Array.from({ length: count }, (_, index) => ({
    ...{ apiVersion, kind: 'VirtualMachine', metadata: { name: `machine-${index}`, namespace } },
    spec: { cpu: 1, memory: '1Gi', disk: '2Gi', pool: 'racks', provider: 'Simulated' },
  }))
  await site.apply({ apiVersion: 'v1', kind: 'List', items: [...stocks, ...machines] })
  const running = '--for=jsonpath={.status.phase}=Running'
  await site.kubectl('wait', '-n', namespace, 'vmach', '--all', running, '--timeout=60s')
}
