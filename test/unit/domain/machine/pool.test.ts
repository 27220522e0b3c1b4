import assert from 'node:assert/strict'
import fc from 'fast-check'
import { machineWants } from '../../../../operator/domain/machine/wants.ts'
import { linesOf, type PoolStock } from '../../../../operator/domain/resource/pool.ts'
import { aMachine, thePool } from '../../../fixtures/machine-builders.ts'

const { spec } = aMachine()

/** The pool with one of its stocks changed. */
const poolWith = (resource: string, change: Partial<PoolStock>) =>
  thePool().map((stock) => (stock.resource === resource ? { ...stock, ...change } : stock))

describe('linesOf', () => {
  it('takes cores, memory and disk from the stocks that count them', () => {
    assert.deepEqual(linesOf(spec, machineWants(spec), thePool()), {
      kind: 'lines',
      lines: [
        { stockNamespace: 'team', stock: 'east-cpu', quantity: 2 },
        { stockNamespace: 'team', stock: 'east-memory', quantity: 4 },
        { stockNamespace: 'team', stock: 'east-disk', quantity: 20 },
      ],
    })
  })

  it('takes what it takes whatever the order of the stocks, and ignores stocks of other things', () => {
    const gpus: PoolStock = { ...thePool()[0]!, name: 'east-gpu', resource: 'gpu', unit: 'piece' }
    const want = linesOf(spec, machineWants(spec), thePool())
    const orders = fc.shuffledSubarray([...thePool(), gpus], { minLength: 4 })
    fc.assert(fc.property(orders, (stocks) => assert.deepEqual(linesOf(spec, machineWants(spec), stocks), want)))
  })

  it('rounds memory and disk up to whole GiB', () => {
    const answer = linesOf(spec, machineWants({ ...spec, memory: '512Mi', disk: '1025Mi' }), thePool())
    assert.deepEqual(answer.kind === 'lines' && answer.lines.map(({ quantity }) => quantity), [2, 1, 2])
  })

  it('says which labels a missing stock would carry, and where', () => {
    const stocks = thePool().filter(({ resource }) => resource !== 'memory')
    assert.deepEqual(linesOf({ ...spec, poolNamespace: 'capacity' }, machineWants(spec), stocks), {
      kind: 'trouble',
      reason: 'PoolMissing',
      message:
        'pool east has no stock for memory: no VirtualStock in namespace capacity carries the labels ' +
        'kbnt.io/pool=east and kbnt.io/resource=memory',
    })
  })

  it('names the stocks of which there must be one', () => {
    const [cpu, ...others] = thePool() as [PoolStock, ...PoolStock[]]
    const stocks = [{ ...cpu, name: 'east-cpu-old' }, ...others, { ...cpu, name: 'a-cpu' }]
    assert.deepEqual(linesOf(spec, machineWants(spec), stocks), {
      kind: 'trouble',
      reason: 'PoolAmbiguous',
      message: 'pool east has 2 stocks for cpu: a-cpu, east-cpu-old; there must be one',
    })
  })

  it('says what a stock of the wrong unit counts and what it must count', () => {
    for (const [resource, unit, right] of [
      ['cpu', 'piece', 'vCPU'],
      ['memory', 'MiB', 'GiB'],
      ['disk', 'vCPU', 'GiB'],
    ] as const) {
      assert.deepEqual(linesOf(spec, machineWants(spec), poolWith(resource, { unit })), {
        kind: 'trouble',
        reason: 'WrongUnit',
        message: `stock east-${resource} of pool east counts ${unit}; for ${resource} it must count ${right}`,
      })
    }
  })

  it('takes nothing from a stock whose units would never come back', () => {
    assert.deepEqual(linesOf(spec, machineWants(spec), poolWith('disk', { reclaimPolicy: 'Consume' })), {
      kind: 'trouble',
      reason: 'WrongUnit',
      message:
        'stock east-disk of pool east has the reclaimPolicy Consume: its units would never come back; ' +
        'a pool needs Return',
    })
  })
})
