import assert from 'node:assert/strict'
import type { Fabric } from '../../../../operator/domain/network/fabric.ts'
import { fabricFaults } from '../../../../operator/infrastructure/settings/fabric-settings.ts'

const fabric = (particular: Partial<Fabric> = {}): Fabric => ({
  ...{ kind: 'bridge', parent: 'br1', vlans: [{ from: 2, to: 99 }], cidrs: ['10.0.0.0/16'], namespaces: '*' },
  ...particular,
})
const second = fabric({ vlans: [{ from: 100, to: 199 }], cidrs: ['10.1.0.0/16'] })
const pathsOf = (other: Fabric) => fabricFaults({ first: fabric(), other }).map(({ path }) => path.join('.'))

describe('fabrics in the settings', () => {
  it('may share a parent where each has vlans and ranges of its own', () => assert.deepEqual(pathsOf(second), []))

  it('may share everything but a parent', () => assert.deepEqual(pathsOf(fabric({ parent: 'br2' })), []))

  it('never share vlans or ranges on one parent', () => {
    assert.deepEqual(pathsOf({ ...second, vlans: [{ from: 99, to: 120 }] }), ['networks.fabrics.other.vlans'])
    assert.deepEqual(pathsOf({ ...second, cidrs: ['10.0.128.0/24'] }), ['networks.fabrics.other.cidrs'])
    assert.deepEqual(pathsOf({ ...second, cidrs: [] }), ['networks.fabrics.other.cidrs'])
  })

  it('have ranges that can be', () => {
    const paths = pathsOf({ ...second, vlans: [{ from: 199, to: 100 }], cidrs: ['10.0.0.0/99'] })
    assert.deepEqual(paths, ['networks.fabrics.other.vlans.0', 'networks.fabrics.other.cidrs.0'])
  })
})
