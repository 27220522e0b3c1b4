import assert from 'node:assert/strict'
import { isTrue } from '../../../../operator/domain/resource/resource.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import {
  activeNetwork,
  afterNetworkSituations,
  aNetwork,
  networkChild,
  networkFacts,
  networkRef,
  refusedNetwork,
  saidOfNetwork,
} from '../../../fixtures/network-builders.ts'

const facts = networkFacts()
const active = [saidOfNetwork(activeNetwork), facts] as const
const taken = { kind: 'failed', reason: 'VlanTaken', message: 'it is red’s' } as const
const operations = (network: ReturnType<typeof afterNetworkSituations>) =>
  network.status.history.map(({ operation, status }) => `${operation} ${status}`)

describe('the status of a network', () => {
  it('says of an active one what it has, since when, and what was done', () => {
    const network = afterNetworkSituations(aNetwork({ spec: { cidr: '10.20.0.9/24' } }), active)
    const { status } = network
    assert.deepEqual(
      [status.phase, status.reason, status.message, status.networkId],
      ['Active', 'Active', 'ready: machines name it "blue"', 'NET-7AE8FF2D'],
    )
    assert.deepEqual([status.cidr, status.activeAt, status.providerRef], ['10.20.0.0/24', afterTen(0), networkRef])
    assert.deepEqual(
      status.conditions.map(({ type, status: is }) => `${type} ${is}`),
      ['Claimed True', 'Provisioned True', 'Ready True'],
    )
    assert.deepEqual(operations(network), ['Request Succeeded', 'Claim Succeeded', 'Activate Succeeded'])
  })

  it('says of a real one what pods ask for, too: its definition has another name', () => {
    const ref = { apiVersion: 'k8s.cni.cncf.io/v1', kind: 'NetworkAttachmentDefinition', name: networkChild }
    const real = networkFacts({ provider: 'NetworkAttachmentDefinition' })
    const { status } = afterNetworkSituations(aNetwork(), [saidOfNetwork({ kind: 'active', ref }), real])
    const forPods = `pods ask for NetworkAttachmentDefinition ${networkChild}`
    assert.equal(status.message, `ready: machines name it "blue"; ${forPods}`)
  })

  it('stays the same while nothing happens', () => {
    const once = afterNetworkSituations(aNetwork(), active)
    const twice = afterNetworkSituations(once, [active[0], networkFacts({ at: afterTen(60) })])
    assert.deepEqual(twice.status, once.status)
  })

  it('has no range of its own where the fabric refuses it, and has it when what was against it is gone', () => {
    const refused = afterNetworkSituations(aNetwork(), [taken, facts])
    assert.deepEqual([refused.status.phase, refused.status.cidr], ['Failed', undefined])
    assert.deepEqual(operations(refused), ['Request Succeeded', 'Fail Failed'])
    const later = afterNetworkSituations(refused, active)
    assert.deepEqual([later.status.phase, later.status.cidr], ['Active', '10.20.0.0/24'])
    assert.deepEqual(operations(later).slice(2), ['Claim Succeeded', 'Activate Succeeded'])
  })

  it('tells what the provider still has of one whose claim is another’s by now, until that is gone', () => {
    const going = { kind: 'unsure', reason: 'VlanTaken', message: 'it is red’s; it is being deleted' } as const
    const leaving = afterNetworkSituations(aNetwork(), active, [going, facts])
    const { status } = leaving
    assert.deepEqual([status.reason, isTrue(status, 'Claimed'), isTrue(status, 'Ready')], ['VlanTaken', true, false])
    assert.deepEqual([isTrue(status, 'Provisioned'), status.providerRef], [true, networkRef])
    const { status: failed } = afterNetworkSituations(leaving, [taken, facts])
    assert.deepEqual([failed.phase, isTrue(failed, 'Claimed')], ['Failed', false])
    assert.deepEqual([isTrue(failed, 'Provisioned'), failed.providerRef], [false, undefined])
  })

  it('is not taken away by what its provider refuses once it is there', () => {
    const refused = [saidOfNetwork(refusedNetwork), facts] as const
    const { status } = afterNetworkSituations(aNetwork(), active, refused, refused, refused, refused)
    assert.deepEqual([status.phase, status.reason, status.message], ['Active', 'ProviderFailed', 'no such bridge'])
    assert.deepEqual([isTrue(status, 'Provisioned'), status.providerRef, status.tries], [true, networkRef, undefined])
    assert.equal(isTrue(status, 'Ready'), false)
  })

  it('keeps its claim while its provider is away', () => {
    const away = { kind: 'blocked', reason: 'ProviderUnavailable', message: 'away' } as const
    const { status } = afterNetworkSituations(aNetwork(), [away, facts])
    assert.deepEqual([status.phase, status.cidr, isTrue(status, 'Claimed')], ['Pending', '10.20.0.0/24', true])
  })

  it('stays active while nobody knows better', () => {
    const unsure = { kind: 'unsure', reason: 'ProviderUnavailable', message: 'away' } as const
    const { status } = afterNetworkSituations(aNetwork(), active, [unsure, facts])
    assert.deepEqual([status.phase, status.reason, isTrue(status, 'Ready')], ['Active', 'ProviderUnavailable', false])
    assert.deepEqual([status.cidr, status.activeAt], ['10.20.0.0/24', afterTen(0)])
  })

  it('counts refusals of its provider, and gives up after the last', () => {
    const refused = [saidOfNetwork(refusedNetwork), facts] as const
    const once = afterNetworkSituations(aNetwork(), refused)
    assert.deepEqual([once.status.phase, once.status.tries, once.status.nextTryAt], ['Pending', 1, afterTen(1)])
    const last = afterNetworkSituations(once, refused, refused)
    assert.deepEqual(
      [last.status.phase, last.status.reason, last.status.nextTryAt],
      ['Failed', 'ProviderFailed', undefined],
    )
    assert.match(last.status.message, /refused it 3 times, at last with: no such bridge/)
    assert.deepEqual(operations(last).slice(-2), ['Activate Failed', 'Fail Failed'])
  })

  it('ends with one last step', () => {
    const leaving = { kind: 'leaving', reason: 'AwaitsProvider', message: 'it goes' } as const
    const network = afterNetworkSituations(aNetwork(), active, [leaving, facts], [{ kind: 'left' }, facts])
    const left = afterNetworkSituations(network, [{ kind: 'left' }, facts])
    const waits = afterNetworkSituations(aNetwork(), active, [leaving, facts]).status.conditions.at(-1)
    assert.deepEqual([waits?.type, waits?.reason, waits?.message], ['Deleting', 'AwaitsProvider', 'it goes'])
    assert.ok(!left.status.conditions.some(({ type }) => type === 'Deleting'))
    assert.deepEqual([left.status.phase, left.status.reason, left.status.cidr], ['Deleting', 'Deleted', undefined])
    assert.equal(left.status.history.at(-1)?.message, 'gone, its vlan and its range are free')
    assert.equal(operations(left).filter((operation) => operation.startsWith('Delete')).length, 1)
  })
})
