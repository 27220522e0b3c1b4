import fc from 'fast-check'
import { networkEventFrom } from '../../../../operator/domain/event/network-event.ts'
import type { Network, NetworkOperation } from '../../../../operator/domain/network/network.ts'
import { aNetwork } from '../../../fixtures/network-builders.ts'
import { describeEventSchemas, givenOf, historyOf, requesters } from './resource-event-schemas.ts'

describeEventSchemas<Network, NetworkOperation>({
  kind: 'network',
  operations: ['Request', 'Claim', 'Activate', 'Fail', 'Delete'],
  resources: fc
    .record({
      uid: fc.uuid(),
      cidr: fc.constantFrom('10.20.0.0/24', 'fd00:20::/64'),
      vlan: fc.integer({ min: 1, max: 4_094 }),
      ...requesters,
    })
    .map(({ uid, cidr, vlan, ...requester }) => aNetwork({ uid, spec: { cidr, vlan, ...givenOf(requester) } })),
  eventOf: (network, step, context, isSimulated) =>
    networkEventFrom(
      {
        ...network,
        status: {
          ...{ observedGeneration: 1, phase: 'Pending', reason: 'ProviderFailed', message: '' },
          ...{ networkId: 'NET-7AE8FF2D', provider: isSimulated ? 'Simulated' : 'NetworkAttachmentDefinition' },
          ...historyOf(step, context),
        },
      },
      context,
    ),
})
