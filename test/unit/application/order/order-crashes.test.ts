import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Order } from '../../../../operator/domain/order/order.ts'
import { type CrashPoint, crashPoints } from '../../../fakes/crash-points.ts'
import type { Mishap } from '../../../fakes/order-bank.ts'
import { type OrderWorldOptions, orderWorld } from '../../../fakes/order-world.ts'
import { anOrder } from '../../../fixtures/order-builders.ts'

const minute = 60_000
const outgoing = [
  ...['report', 'open', 'letGo', 'read', 'ask', 'confirm', 'release', 'extend'],
  ...['check', 'send', 'authorise', 'charge', 'capture', 'void', 'refund'],
]

type World = ReturnType<typeof orderWorld>

/** What must be so of an order that is over, whatever it went through. */
function assertSound(world: World, order: Order): void {
  const { name, uid } = order
  const { status } = world.stored(name)
  const account = world.bank.accounts.get(uid)
  const story = `${name}: ${world.phase(name)}; ${world.bank.log.filter((line) => line.startsWith(uid)).join(' | ')}`
  assert.ok((account?.taken ?? 0) <= 1, `taken twice: ${story}`)
  assert.ok((account?.refunded ?? 0) <= 1, `given back twice: ${story}`)
  const isOut = ['Reserved', 'Confirmed'].includes(world.shop.phaseOf(order) ?? '')
  switch (status?.phase) {
    case 'Completed':
      assert.equal(world.bank.netOf(uid), 69_800, `sold and not paid: ${story}`)
      assert.equal(world.shop.phaseOf(order), 'Confirmed', `paid and not sold: ${story}`)
      break
    case 'Cancelled':
      assert.equal(world.bank.netOf(uid), 0, `cancelled and paid: ${story}`)
      assert.equal(isOut, false, `cancelled and held: ${story}`)
      break
    default:
      assert.fail(`not over: ${story}`)
  }
  const ids = world.delivered.filter((id) => id.startsWith(uid))
  const firsts = [...new Set(ids)]
  const wanted = Array.from({ length: status?.steps ?? 0 }, (_, index) => `${uid}-${index + 1}`)
  assert.deepEqual(firsts, wanted, `events of ${story}`)
}

async function live(points: readonly CrashPoint[], options: OrderWorldOptions = {}, ms = 3 * minute) {
  const crashing = crashPoints(outgoing, points)
  const world = orderWorld({ ...options, wrap: crashing.wrap })
  await world.run(ms)
  return { world, calls: crashing.calls }
}

describe('an operator that is killed while it serves orders', () => {
  for (const moves of ['once', 'twice'] as const)
    it(`ends up the same wherever it was killed: paid once and sold, money moving ${moves}`, async () => {
      const want = await live([], { moves })
      assert.ok(want.calls > 10, `only ${want.calls} calls`)
      for (let call = 1; call <= want.calls; call += 1)
        for (const side of ['before', 'after'] as const) {
          const { world } = await live([{ call, side }], { moves })
          assert.equal(world.phase(), 'Completed/Completed', `${side} call ${call}`)
          assertSound(world, anOrder())
        }
    }).timeout(60_000)

  it('ends up the same wherever it was killed: declined, and its stock given back', async () => {
    const declined = (call: string): Mishap => (call === 'charge' ? 'declined' : 'none')
    const want = await live([], { mishap: declined })
    for (let call = 1; call <= want.calls; call += 1)
      for (const side of ['before', 'after'] as const) {
        const { world } = await live([{ call, side }], { mishap: declined })
        assert.equal(world.stored().status?.phase, 'Cancelled', `${side} call ${call}`)
        assertSound(world, anOrder())
      }
  }).timeout(60_000)
})

const uidOf = (n: number) => `${String(n).padStart(8, '0')}-1111-4222-8333-444444444444`

interface Story {
  readonly moves: 'once' | 'twice'
  readonly voidsUnknown: boolean
  readonly units: number
  readonly orders: number
  readonly mishaps: readonly Mishap[]
  readonly crashes: readonly CrashPoint[]
  readonly edits: readonly {
    readonly atMs: number
    readonly order: number
    readonly what: 'cancel' | 'Released' | 'Confirmed' | 'kill'
  }[]
}

const side = fc.constantFrom('before', 'after')
const mishap = fc.constantFrom<Mishap>('none', 'none', 'none', 'notSent', 'lost', 'answerLost', 'late')
const stories = fc.record<Story>({
  moves: fc.constantFrom('once', 'twice'),
  voidsUnknown: fc.boolean(),
  units: fc.integer({ min: 2, max: 6 }),
  orders: fc.integer({ min: 1, max: 3 }),
  mishaps: fc.array(mishap, { maxLength: 24 }),
  crashes: fc.array(fc.record({ call: fc.integer({ min: 1, max: 40 }), side }), { maxLength: 5 }),
  edits: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 20_000 }),
      order: fc.integer({ min: 0, max: 2 }),
      what: fc.constantFrom('cancel', 'Released', 'kill'),
    }),
    { maxLength: 3 },
  ),
})

/** Lives through a story until all is over; the provider is well again after its mishaps. */
async function tell(story: Story): Promise<void> {
  const orders = Array.from({ length: story.orders }, (_, n) => anOrder({ name: `order-${n}`, uid: uidOf(n) }))
  const left = [...story.mishaps]
  const crashing = crashPoints(outgoing, story.crashes)
  const { moves, voidsUnknown, units } = story
  const mishap = (): Mishap => left.shift() ?? 'none'
  const world = orderWorld({ orders, moves, voidsUnknown, units, mishap, wrap: crashing.wrap })
  for (const { atMs, order, what } of story.edits)
    world.clock.schedule(atMs, () => {
      const target = orders[order % orders.length] ?? anOrder()
      if (what === 'kill') world.kill()
      else if (what === 'cancel') world.edit(target.name, { spec: { ...world.stored(target.name).spec, cancel: true } })
      else if (world.stored(target.name).status?.madeAt === undefined) world.shop.meddle(target, what)
    })
  await world.run(12 * minute)
  for (const order of orders) assertSound(world, order)
}

describe('orders in worlds where everything goes wrong', () => {
  it('keep both money and stock, or neither: answers lost, kills, people who meddle', async () => {
    await fc.assert(fc.asyncProperty(stories, tell), { numRuns: 150 })
  }).timeout(300_000)
})
