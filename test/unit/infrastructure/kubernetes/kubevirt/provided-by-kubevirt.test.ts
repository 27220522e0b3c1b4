import assert from 'node:assert/strict'
import type {
  KubevirtInstance,
  KubevirtMachine,
} from '../../../../../operator/infrastructure/kubernetes/kubevirt/kubevirt-resources.ts'
import { providedByKubevirt } from '../../../../../operator/infrastructure/kubernetes/kubevirt/provided-by-kubevirt.ts'

const ref = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'web-1-0909a693' }
const upSince = '2026-11-22T10:00:07Z'

type Status = NonNullable<KubevirtMachine['status']>

function aKubevirtMachine(status: Status | undefined, runStrategy = 'Always'): KubevirtMachine {
  return { metadata: { namespace: 'shop', name: ref.name }, spec: { runStrategy }, ...(status && { status }) }
}

function anInstance(phase: string, ...addresses: readonly string[]): KubevirtInstance {
  const interfaces = addresses.map((ipAddress, n) => ({ name: n === 0 ? 'default' : `net-${n}`, ipAddress }))
  return { metadata: { namespace: 'shop', name: ref.name }, status: { phase, interfaces } }
}

const ready = { type: 'Ready', status: 'True', lastTransitionTime: upSince }
const notReady = { type: 'Ready', status: 'False', reason: 'VMINotExists', message: 'VMI does not exist' }

describe('what KubeVirt says of a machine', () => {
  it('is running since Ready, with ssh at the first address and the others by their interfaces', () => {
    const machine = aKubevirtMachine({ ready: true, printableStatus: 'Running', conditions: [ready] })
    assert.deepEqual(providedByKubevirt(machine, anInstance('Running', '10.1.0.5', '192.168.0.5')), {
      kind: 'running',
      ref,
      startedAt: upSince,
      endpoints: [
        { name: 'ssh', address: '10.1.0.5', port: 22 },
        { name: 'net-1', address: '192.168.0.5', port: 22 },
      ],
      reported: ['10.1.0.5', '192.168.0.5'],
    })
  })

  it('has every address that the guest reports by its agent, and none that only others know of', () => {
    const machine = aKubevirtMachine({ ready: true, printableStatus: 'Running', conditions: [ready] })
    const interfaces = [
      {
        name: 'default',
        ipAddress: '10.1.0.5',
        ipAddresses: ['10.1.0.5', 'fe80::1'],
        infoSource: 'domain, guest-agent',
      },
      { ipAddress: '172.17.0.1', ipAddresses: ['172.17.0.1'], infoSource: 'guest-agent' },
      { name: 'other', ipAddress: '10.9.0.1', infoSource: 'domain, multus-status' },
      { name: 'new', infoSource: '' },
    ]
    const instance = { ...anInstance('Running'), status: { phase: 'Running', interfaces } }
    const answer = providedByKubevirt(machine, instance)
    assert.deepEqual(answer.kind === 'running' && answer.reported, ['10.1.0.5', 'fe80::1', '172.17.0.1'])
    const quiet = { ...instance, status: { ...instance.status, interfaces: interfaces.slice(2) } }
    assert.equal('reported' in providedByKubevirt(machine, quiet), false)
  })

  it('has as many endpoints as its kind takes, and none where nobody else gets to, whatever its guest reports', () => {
    const machine = aKubevirtMachine({ ready: true, printableStatus: 'Running', conditions: [ready] })
    const containers = Array.from({ length: 20 }, (_, index) => [`fe80::${index}`, `172.17.0.${index}`])
    const answer = providedByKubevirt(machine, anInstance('Running', '10.1.0.5', '169.254.0.9', ...containers.flat()))
    const addresses = answer.kind === 'running' ? answer.endpoints.map(({ address }) => address) : []
    assert.deepEqual([addresses.length, ...addresses.slice(0, 3)], [16, '10.1.0.5', '172.17.0.0', '172.17.0.1'])
  })

  it('is running without endpoints while no interface has an address', () => {
    const machine = aKubevirtMachine({ ready: true, printableStatus: 'Running', conditions: [ready] })
    const answer = providedByKubevirt(machine, anInstance('Running', ''))
    assert.deepEqual(answer.kind === 'running' && answer.endpoints, [])
  })

  it('is starting while the instance of a ready machine is not seen to run', () => {
    const machine = aKubevirtMachine({ ready: true, printableStatus: 'Running', conditions: [ready] })
    assert.equal(providedByKubevirt(machine, undefined).kind, 'starting')
    assert.equal(providedByKubevirt(machine, anInstance('Scheduled')).kind, 'starting')
  })

  it('is starting before KubeVirt has looked at it', () => {
    assert.equal(providedByKubevirt(aKubevirtMachine(undefined), undefined).kind, 'starting')
    assert.equal(providedByKubevirt(aKubevirtMachine(undefined, 'Halted'), undefined).kind, 'starting')
  })

  const words: readonly (readonly [printed: string, strategy: string, ran: string | undefined, want: string])[] = [
    ['Starting', 'Always', 'Always', 'starting'],
    ['Provisioning', 'Always', 'Always', 'starting'],
    ['WaitingForVolumeBinding', 'Always', 'Always', 'starting'],
    ['Migrating', 'Always', 'Always', 'starting'],
    ['Unknown', 'Always', 'Always', 'starting'],
    ['Stopped', 'Always', 'Always', 'starting'],
    ['Stopped', 'Halted', 'Halted', 'stopped'],
    ['Stopping', 'Halted', 'Halted', 'starting'],
    ['Stopped', 'RerunOnFailure', 'RerunOnFailure', 'stopped'],
    ['Stopped', 'RerunOnFailure', undefined, 'starting'],
    ['Stopped', 'RerunOnFailure', 'Halted', 'starting'],
    ['ErrorUnschedulable', 'Always', 'Always', 'troubled'],
    ['ErrImagePull', 'Always', 'Always', 'troubled'],
    ['ErrorPvcNotFound', 'Always', 'Always', 'troubled'],
    ['ImagePullBackOff', 'Always', 'Always', 'troubled'],
    ['CrashLoopBackOff', 'RerunOnFailure', 'RerunOnFailure', 'troubled'],
    ['DataVolumeError', 'Always', 'Always', 'troubled'],
  ]
  for (const [printableStatus, strategy, runStrategy, want] of words) {
    it(`is ${want} when it prints ${printableStatus} for ${strategy}, having acted on ${runStrategy}`, () => {
      const status = { printableStatus, conditions: [notReady], ...(runStrategy !== undefined && { runStrategy }) }
      const answer = providedByKubevirt(aKubevirtMachine(status, strategy), undefined)
      assert.equal(answer.kind, want)
      if (answer.kind === 'starting' || answer.kind === 'troubled')
        assert.equal(answer.message, `${printableStatus}: VMI does not exist`)
    })
  }

  it('tells a wanted stop from one of its guest', () => {
    const wanted = (strategy: string) => {
      const machine = aKubevirtMachine({ printableStatus: 'Stopped', runStrategy: strategy }, strategy)
      const answer = providedByKubevirt(machine, anInstance('Succeeded'))
      return answer.kind === 'stopped' && answer.wanted
    }
    assert.deepEqual([wanted('Halted'), wanted('RerunOnFailure')], [true, false])
  })

  it('is not stopped while an instance still runs or a start was asked for', () => {
    const status = { printableStatus: 'Stopped', runStrategy: 'RerunOnFailure' }
    const machine = aKubevirtMachine(status, 'RerunOnFailure')
    assert.equal(providedByKubevirt(machine, anInstance('Running')).kind, 'starting')
    const asked = aKubevirtMachine({ ...status, stateChangeRequests: [{ action: 'Start' }] }, 'RerunOnFailure')
    assert.equal(providedByKubevirt(asked, undefined).kind, 'starting')
  })

  it('is troubled by a Failure condition, in its words', () => {
    const failure = { type: 'Failure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }
    const answer = providedByKubevirt(
      aKubevirtMachine({ printableStatus: 'Starting', conditions: [failure] }),
      undefined,
    )
    assert.deepEqual(answer, { kind: 'troubled', ref, message: 'FailedCreate: exceeded quota' })
  })

  it('is on its way to be made again when somebody deletes it', () => {
    const machine = aKubevirtMachine({ ready: true, printableStatus: 'Running', conditions: [ready] })
    const deleted = { ...machine, metadata: { ...machine.metadata, deletionTimestamp: upSince } }
    assert.equal(providedByKubevirt(deleted, undefined).kind, 'starting')
  })
})
