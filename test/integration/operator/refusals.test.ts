import assert from 'node:assert/strict'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const own = 'operator-refusals'
const other = 'operator-refusals-other'

describe('what the operator refuses', () => {
  let cluster: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath } = testbed()
    cluster = await observedNamespaces(kubeconfigPath, [own, other])
    operator = operatorProcess({ kubeconfigPath, namespaces: [own, other], settings: { leaderElection: calmLease } })
    await operator.start()
    await cluster.createStock('goods', {
      quantity: 10,
      limits: { perReservation: 6, perConsumer: 8 },
      hold: { ttl: '1m', maxTTL: '1h' },
      waitlist: { maxWait: '1h', maxPriority: 10, maxLength: 1 },
      allowedNamespaces: [other],
    })
    await cluster.createStock('unlimited', { quantity: 10 })
    await cluster.createStock('closed', { quantity: 10, paused: true })
    await cluster.createStock('full', { quantity: 1, waitlist: { maxLength: 1 } })
    await cluster.reserve('holder', { unlimited: 8 })
    await cluster.reserve('regular', { goods: 5 }, { consumer: 'ana' })
    await cluster.reserve('fills', { full: 1 })
    for (const name of ['holder', 'regular', 'fills']) await cluster.untilPhase(name, 'Reserved')
    await cluster.reserve('queues', { full: 1 }, { waitFor: '1h' })
    await cluster.untilPhase('queues', 'Waiting')
  })
  after(async () => {
    await operator?.dispose()
    await cluster?.close()
  })

  type Given = { items: { [stock: string]: number }; spec?: Record<string, unknown>; from?: string; message: RegExp }
  const cases: readonly [string, string, Given][] = [
    [
      'a stock that nobody knows',
      'StockNotFound',
      { items: { unheard: 1 }, message: /^there is no stock operator-refusals\/unheard; create it/ },
    ],
    ['a paused stock without time to wait', 'StockPaused', { items: { closed: 1 }, message: /^closed is paused/ }],
    [
      'more than one reservation may have',
      'LimitPerReservation',
      { items: { goods: 7 }, message: /^asks for 7 of goods, more than one reservation may have: at most 6$/ },
    ],
    [
      'more than one consumer may have',
      'LimitPerConsumer',
      {
        items: { goods: 4 },
        spec: { consumer: 'ana' },
        message: /^ana has 5 of goods and asks for another 4, .*: at most 8$/,
      },
    ],
    [
      'a hold that is too long',
      'HoldTooLong',
      {
        items: { goods: 1 },
        spec: { ttl: '2h' },
        message: /^its ttl of 2h is longer than goods's longest hold: at most 1h$/,
      },
    ],
    [
      'a wait that is too long',
      'WaitTooLong',
      {
        items: { goods: 1 },
        spec: { waitFor: '2h' },
        message: /^its waitFor of 2h is longer than goods's longest wait: at most 1h$/,
      },
    ],
    [
      'a priority that is too high',
      'PriorityTooHigh',
      {
        items: { goods: 1 },
        spec: { priority: 11 },
        message: /^its priority 11 is above goods's highest: at most 10$/,
      },
    ],
    [
      'what never fits, though it would wait',
      'NeverFits',
      {
        items: { unlimited: 11 },
        spec: { waitFor: '1h' },
        message: /^needs 11 of unlimited, more than unlimited can ever hand out: at most 10; ask for less$/,
      },
    ],
    [
      'another namespace that the stock is not shared with',
      'StockNotShared',
      {
        items: { [`${own}/unlimited`]: 1 },
        from: other,
        message: /^operator-refusals\/unlimited is not shared with namespace operator-refusals-other/,
      },
    ],
    [
      'more than is available without time to wait',
      'InsufficientStock',
      { items: { unlimited: 3 }, message: /^needs 3 of unlimited, 2 available$/ },
    ],
    [
      'one more than the waiting list takes',
      'WaitlistFull',
      { items: { full: 1 }, spec: { waitFor: '1m' }, message: /^the waiting list of full is full: 1 is waiting/ },
    ],
    [
      'two lines of which one can not be had',
      'InsufficientStock',
      { items: { goods: 1, unlimited: 3 }, message: /1 of unlimited missing/ },
    ],
  ]
  for (const [index, [what, reason, { items, spec, from, message }]] of cases.entries()) {
    it(`refuses ${what}, and says so in status, Event and metric`, async () => {
      const name = `case-${index}`
      await cluster.reserve(name, items, spec, from)
      const { status } = await cluster.untilPhase(name, 'Rejected', reason, from)
      assert.match(status?.message ?? '', message)
      assert.equal(status?.conditions?.find(({ type }) => type === 'Finished')?.status, 'True')
      const event = await cluster.untilEvent(name, reason)
      assert.deepEqual([event.type, event.note], ['Warning', status?.message])
      const metric = reason.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()
      assert.match(
        await operator.metrics(),
        new RegExp(`kbnt_virtual_stock_operations_failed_total\\{[^}]*reason="${metric}"\\} [1-9]`),
      )
    })
  }

  it('lets a namespace in that the stock is shared with', async () => {
    await cluster.reserve('neighbour', { [`${own}/goods`]: 1 }, {}, other)
    const { status } = await cluster.untilPhase('neighbour', 'Reserved', 'Reserved', other)
    assert.match(status?.message ?? '', /^1 of operator-refusals\/goods held until/)
  })

  it('publishes the refusal that no stock has in its journal', async () => {
    const uid = cluster.reservations.latest(`${own}/case-0`)?.metadata.uid
    const sent = operator.events().filter(({ headers }) => headers['ce_id'] === `${uid}-rejected`)
    assert.deepEqual(sent.map(({ topic }) => topic).sort(), ['high-priority-updates', 'stock-audit-logs'])
    assert.equal(sent[0]?.value['reason'], 'StockNotFound')
  })

  it('takes nothing of any stock for what it refuses', () => {
    const out = cluster.stocks.all().map(({ metadata, status }) => [metadata.name, status?.reserved])
    assert.deepEqual(Object.fromEntries(out), { goods: 6, unlimited: 8, closed: 0, full: 1 })
  })
})
