import assert from 'node:assert/strict'
import type { Machine, MachineStatus } from '../../../../operator/domain/machine/machine.ts'
import type { Situation } from '../../../../operator/domain/machine/situation.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import {
  afterSituations,
  aMachine,
  providedBy,
  running,
  starting,
  stopped,
  withCapacity,
} from '../../../fixtures/machine-builders.ts'

const place = { namespace: 'team', name: 'blue', uid: 'uid-blue' }
const onBlue = (address = '10.20.0.2'): Machine => ({
  ...aMachine({ spec: { network: 'blue' } }),
  attached: {
    network: { ...place, address, cidr: '10.20.0.0/24', provider: 'NetworkAttachmentDefinition', definition: 'blue' },
  },
})
const reporting = (...reported: readonly string[]): Situation => providedBy({ ...running(), reported } as never)
const told = ({ conditions }: MachineStatus) => conditions.find(({ type }) => type === 'AddressNotManaged')
const afterwards = (machine: Machine, ...situations: readonly Situation[]) =>
  told(
    afterSituations(
      machine,
      ...situations.map((situation, minute) => [situation, withCapacity({ at: afterTen(60 * minute) })] as const),
    ).status,
  )

describe('what the guest of a machine on a network reports', () => {
  it('is told where its address is none of that: which it has, which the guest says, and what to do', () => {
    const condition = afterwards(onBlue(), reporting('10.20.0.99', 'fe80::1'))
    assert.deepEqual([condition?.status, condition?.reason], ['True', 'GuestReportsOthers'])
    assert.equal(
      condition?.message,
      'its address on network team/blue is 10.20.0.2, and its guest reports 10.20.0.99, fe80::1: set 10.20.0.2 in the ' +
        'guest, or delete this machine and apply it again with an image that has cloud-init; what the guest has instead ' +
        'may be given to another',
    )
  })

  const fine: readonly (readonly [what: string, machine: Machine, situation: Situation])[] = [
    ['has its address among others', onBlue(), reporting('172.17.0.1', '10.20.0.2')],
    ['has it in another spelling', onBlue('fd00:20::2'), reporting('FD00:20:0:0::0002%eth0')],
    ['has it with the length of its prefix', onBlue(), reporting('10.20.0.2/24')],
    ['reports nothing', onBlue(), reporting()],
    ['has no agent', onBlue(), providedBy(running())],
    ['does not run', onBlue(), providedBy(stopped())],
    ['is on no network of ours', aMachine(), reporting('10.244.0.17')],
  ]
  for (const [what, machine, situation] of fine)
    it(`is nothing to be told where it ${what}`, () => {
      assert.equal(afterwards(machine, situation), undefined)
      assert.equal(afterwards(machine, reporting('10.20.0.99'), situation), undefined)
    })

  it('is told of addresses alone, in one order, each once', () => {
    const strange = ['a\nb', 'x'.repeat(40_000), '10.9.0.9', 'fe80::1%eth0', '10.9.0.10', '10.9.0.9/24']
    const first = afterwards(onBlue(), reporting(...strange))?.message
    assert.match(first ?? '', /its guest reports 10\.9\.0\.10, 10\.9\.0\.9, fe80::1: set/)
    assert.equal(afterwards(onBlue(), reporting(...strange.toReversed()))?.message, first)
    assert.equal(afterwards(onBlue(), reporting('nonsense')), undefined)
  })

  it('names five of them, and how many more', () => {
    const many = Array.from({ length: 7 }, (_, index) => `10.9.0.${index}`)
    assert.match(afterwards(onBlue(), reporting(...many))?.message ?? '', /10\.9\.0\.3, 10\.9\.0\.4 and 2 more: /)
  })

  it('stays told, since the same time, until the guest has it, also while nobody can say how the machine is', () => {
    const wrong = reporting('10.20.0.99')
    const away: Situation = { kind: 'unsure', reason: 'ProviderUnavailable', message: 'away' }
    const since = afterwards(onBlue(), wrong)?.lastTransitionTime
    const later = afterwards(onBlue(), wrong, away, reporting('10.20.0.98'))
    assert.deepEqual([later?.lastTransitionTime, /10\.20\.0\.98/.test(later?.message ?? '')], [since, true])
    assert.equal(afterwards(onBlue(), wrong, away)?.reason, 'GuestReportsOthers')
    assert.equal(afterwards(onBlue(), wrong, away, reporting('10.20.0.2')), undefined)
    assert.equal(afterwards(onBlue(), wrong, providedBy(starting())), undefined)
    assert.equal(afterwards(onBlue(), wrong, away, { kind: 'left' }), undefined)
  })
})
