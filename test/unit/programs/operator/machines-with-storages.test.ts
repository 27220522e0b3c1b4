import assert from 'node:assert/strict'
import type { MachineWork } from '../../../../operator/programs/operator/machines.ts'
import { machinesWithStorages } from '../../../../operator/programs/operator/machines-with-storages.ts'

const storage = { namespace: 'team', name: 'data', uid: 'uid-data' }

function named(name: string, uid: string) {
  const status = { provider: 'Simulated', storages: [{ name: 'data', uid }] }
  return { metadata: { namespace: 'team', name, uid: `uid-${name}` }, status }
}

/** Those that name the storage, by its key. */
function machinesOf(watched: readonly (string | undefined)[], unlisted: ReadonlyMap<string, string>) {
  const naming = [named('web', 'uid-data'), named('old', 'an-older-one'), { metadata: { name: 'new' } }]
  const byIndex = (index: string, key: string) => (`${index} ${key}` === 'storage team/data' ? naming : [])
  const work = { cache: { byIndex, unlisted } }
  return machinesWithStorages(watched, () => work as unknown as MachineWork)
}

describe('what the watch of machines knows of storages', () => {
  it('is which of them say that they were made with exactly this one', () => {
    const machines = machinesOf(['team'], new Map())
    assert.deepEqual(machines.with(storage), [{ uid: 'uid-web', name: 'web', provider: 'Simulated' }])
    assert.deepEqual(machines.with({ ...storage, name: 'other' }), [])
  })

  it('is that nobody else has one only once all of its namespace were seen', () => {
    const machines = machinesOf(
      ['team', 'friends'],
      new Map([
        ['team', 'forbidden'],
        ['friends', ''],
      ]),
    )
    assert.equal(machines.unseen('team'), 'VirtualMachines were not listed yet in namespace team (forbidden)')
    assert.deepEqual(
      [machines.unseen('others'), machines.isSeen('team'), machines.isSeen('others')],
      [undefined, false, false],
    )
    assert.equal(
      machinesOf([undefined], new Map([['', '']])).unseen('team'),
      'VirtualMachines were not listed yet in any namespace',
    )
  })
})
