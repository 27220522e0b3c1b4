import fc from 'fast-check'
import { machineEventFrom } from '../../../../operator/domain/event/machine-event.ts'
import type { Machine, Operation } from '../../../../operator/domain/machine/machine.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { describeEventSchemas, givenOf, historyOf, requesters } from './resource-event-schemas.ts'

describeEventSchemas<Machine, Operation>({
  kind: 'machine',
  operations: ['Request', 'Reserve', 'Provision', 'Run', 'Stop', 'Fail', 'Delete'],
  resources: fc
    .record({
      uid: fc.uuid(),
      cpu: fc.integer({ min: 1, max: 1_024 }),
      disks: fc.constantFrom({ disk: '40Gi' }, { storages: ['data'] }, { storages: ['root', 'data'] }),
      memory: fc.constantFrom('512Mi', '8Gi', '9999999Ti'),
      ...requesters,
    })
    .map(({ uid, cpu, memory, disks, ...requester }) => ({
      ...{ namespace: 'machines', name: 'web-1', uid, resourceVersion: '1', generation: 1, createdAt: tenOClock },
      ...{ held: true, finalizers: [], abandoned: false },
      spec: {
        ...{ cpu, memory, ...disks, pool: 'us-east-1', poolNamespace: 'capacity' },
        ...{ runStrategy: 'Always', waitFor: '24h', priority: 0 },
        ...givenOf(requester),
      },
    })),
  eventOf: (machine, step, context, isSimulated) =>
    machineEventFrom(
      {
        ...machine,
        status: {
          ...{ observedGeneration: 1, phase: 'Provisioning', reason: 'Starting', message: '' },
          ...{ machineId: 'VM-0909A693', provider: isSimulated ? 'Simulated' : 'KubeVirt' },
          ...historyOf(step, context),
        },
      },
      context,
    ),
})
