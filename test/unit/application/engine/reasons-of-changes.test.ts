import assert from 'node:assert/strict'
import { leadAt } from './a-leader.ts'
import { aShop, minutes } from './telling.ts'

const recall = { reason: 'recall', requestId: 'request-1', paused: true }

describe('The reason of a change', () => {
  const reasons = ({ site }: Pick<Awaited<ReturnType<typeof aShop>>, 'site'>) =>
    site
      .events()
      .filter(({ data }) => data.stock?.name === 'apples')
      .flatMap(({ type, data }) => (/paused|resumed/.test(type) ? [data.changeReason] : []))

  it('is told once, whoever changes back and forth later, also after a change of leader', async () => {
    const { site, leader } = await aShop()
    const change = async (paused: boolean, led: typeof leader) => {
      site.server.changeTerms('shop/apples', { paused, statedChanges: [recall] })
      await minutes(site, led, 1)
    }
    for (const paused of [true, false, true, false]) await change(paused, leader)
    assert.deepEqual(reasons({ site }), ['recall', undefined, undefined, undefined])
    leader.kill()
    const next = await leadAt(site, 'writer-2')
    await minutes(site, next, 1)
    await change(true, next)
    assert.deepEqual(reasons({ site }), ['recall', undefined, undefined, undefined, undefined])
  })

  it('is told where it was changed while nobody led', async () => {
    const { site, leader } = await aShop()
    await minutes(site, leader, 1)
    leader.kill()
    site.server.changeTerms('shop/apples', { paused: true, statedChanges: [recall] })
    const next = await leadAt(site, 'writer-2')
    await minutes(site, next, 1)
    assert.deepEqual(reasons({ site }), ['recall'])
  })

  it('is told again where the same was said again', async () => {
    const { site, leader } = await aShop()
    for (const [paused, requestId] of [
      [true, 'request-1'],
      [false, 'request-1'],
      [true, 'request-2'],
    ] as const) {
      site.server.changeTerms('shop/apples', { paused, statedChanges: [{ ...recall, requestId }] })
      await minutes(site, leader, 1)
    }
    assert.deepEqual(reasons({ site }), ['recall', undefined, 'recall'])
  })
})
