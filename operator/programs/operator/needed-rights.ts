import type { Right } from '../../infrastructure/kubernetes/access-review.ts'
import type { Namespaces } from '../../infrastructure/kubernetes/watched-cache.ts'

type Row = readonly [group: string, resource: string, verbs: readonly string[]]

/** What the operator calls in the namespaces that it serves; a test holds it against the chart. Those of providers are their own affair. */
const inServed: readonly Row[] = [
  ['kbnt.io', 'virtualstocks', ['get', 'list', 'watch', 'patch']],
  ['kbnt.io', 'reservations', ['get', 'list', 'watch', 'create', 'patch', 'delete']],
  ['kbnt.io', 'vmachines', ['get', 'list', 'watch', 'create', 'patch', 'delete']],
  ['kbnt.io', 'vstorages', ['get', 'list', 'watch', 'create', 'patch', 'delete']],
  ['kbnt.io', 'vnetworks', ['get', 'list', 'watch', 'create', 'patch', 'delete']],
  ['kbnt.io', 'vrequests', ['get', 'list', 'watch', 'delete']],
  ['kbnt.io', 'orders', ['get', 'list', 'watch', 'patch']],
  ['kbnt.io', 'virtualstocks/status', ['update']],
  ['kbnt.io', 'reservations/status', ['update']],
  ['kbnt.io', 'vmachines/status', ['update']],
  ['kbnt.io', 'vstorages/status', ['update']],
  ['kbnt.io', 'vnetworks/status', ['update']],
  ['kbnt.io', 'vrequests/status', ['update']],
  ['kbnt.io', 'vmachines/finalizers', ['update']],
  ['events.k8s.io', 'events', ['create', 'patch']],
  ['coordination.k8s.io', 'leases', ['get']],
]

const ofOrders: readonly Row[] = [
  ['kbnt.io', 'orders', ['delete']],
  ['kbnt.io', 'orders/status', ['update']],
]

const spools: Row = ['kbnt.io', 'eventspools', ['get', 'list', 'create', 'delete']]
const fabrics: Row = ['kbnt.io', 'networkfabrics', ['get', 'list', 'create', 'update']]
/** A creation can't be limited to a name. */
const leaseCreation: Row = ['coordination.k8s.io', 'leases', ['create']]
const leaseRenewal: Row = ['coordination.k8s.io', 'leases', ['get', 'update']]

export interface NeededRights {
  /** Without these nobody leads, wherever the objects are. */
  readonly toLead: readonly Right[]
  readonly toServe: readonly Right[]
}

export interface WhoNeedsThem {
  readonly ownNamespace: string
  readonly leaseName: string
  readonly namespaces: Namespaces
  readonly deployment: string | undefined
  /** Whether it serves orders. */
  readonly orders: boolean
}

export function neededRights({ ownNamespace, leaseName, namespaces, deployment, orders }: WhoNeedsThem): NeededRights {
  return {
    toLead: [
      ...rightsOf(spools, { namespace: ownNamespace }),
      ...rightsOf(leaseCreation, { namespace: ownNamespace }),
      ...rightsOf(leaseRenewal, { namespace: ownNamespace, name: leaseName }),
    ],
    toServe: [
      ...rightsOf(fabrics, { namespace: ownNamespace }), // without them networks wait, and nothing else
      ...namespaces.flatMap((namespace) =>
        [...inServed, ...(orders ? ofOrders : [])].flatMap((row) => rightsOf(row, { namespace })),
      ),
      ...(deployment === undefined ? [] : toDepart(ownNamespace, deployment)),
    ],
  }
}

/** To find out at the end whether anybody comes after. */
function toDepart(namespace: string, name: string): Right[] {
  return [
    { verb: 'get', group: 'apps', resource: 'deployments', namespace, name },
    { verb: 'get', group: '', resource: 'namespaces', namespace, name: namespace },
  ]
}

function rightsOf([group, resource, verbs]: Row, where: Pick<Right, 'namespace' | 'name'>): Right[] {
  return verbs.map((verb) => ({ verb, group, resource, ...where }))
}
