import assert from 'node:assert/strict'
import { type Tick, tickOf } from '../../../operator/application/clock.ts'
import { type LifeSigns, liveness, STUCK_MS } from '../../../operator/application/liveness.ts'

const never: LifeSigns = {
  takeoverSince: undefined,
  askedSince: undefined,
  lastWriteAt: tickOf(-Infinity),
  hindered: false,
}

/** Looks at each of these moments with the signs that are there then; answers the last finding. */
function looks(
  ...moments: readonly { readonly at: number; readonly signs?: Partial<LifeSigns> }[]
): string | undefined {
  let now: Tick = tickOf(0)
  let signs: LifeSigns = never
  const look = liveness({ tick: () => now }, () => signs)
  let found: string | undefined
  for (const moment of moments) {
    now = tickOf(moment.at)
    signs = { ...never, ...moment.signs }
    found = look()
  }
  return found
}

describe('A leader', () => {
  const asked = { askedSince: tickOf(0) }

  it('is well when nobody asks, however long ago it last decided', () => {
    assert.equal(looks({ at: STUCK_MS * 100 }), undefined)
  })

  it('is stuck when somebody has asked for minutes and no stock was written since', () => {
    assert.equal(looks({ at: STUCK_MS - 1, signs: asked }), undefined)
    assert.equal(looks({ at: STUCK_MS, signs: asked }), 'nothing was decided for 300 s, though somebody asks')
  })

  it('is well while any stock is written', () => {
    assert.equal(looks({ at: STUCK_MS + 1, signs: { ...asked, lastWriteAt: tickOf(2) } }), undefined)
    assert.match(looks({ at: STUCK_MS + 2, signs: { ...asked, lastWriteAt: tickOf(2) } }) ?? '', /300 s/)
  })

  it('is stuck when its takeover does not get on', () => {
    const takeover = { takeoverSince: tickOf(1_000) }
    assert.equal(looks({ at: STUCK_MS, signs: takeover }), undefined)
    assert.equal(looks({ at: STUCK_MS + 1_000, signs: takeover }), 'the takeover has not got on for 300 s')
    const writing = { ...takeover, lastWriteAt: tickOf(STUCK_MS) }
    assert.equal(looks({ at: STUCK_MS + 1_000, signs: writing }), undefined)
  })

  it('is not started again for a wrong clock or an API server that is away, and gets its time when that is over', () => {
    const hindered = { ...asked, hindered: true }
    assert.equal(looks({ at: STUCK_MS * 2, signs: hindered }), undefined)
    const after = STUCK_MS * 3
    assert.equal(looks({ at: STUCK_MS * 2, signs: hindered }, { at: after - 1, signs: asked }), undefined)
    assert.match(looks({ at: STUCK_MS * 2, signs: hindered }, { at: after, signs: asked }) ?? '', /300 s/)
  })
})
