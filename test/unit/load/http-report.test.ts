import assert from 'node:assert/strict'
import { scenarios } from '../../../config/load/scenarios.ts'
import { verdictsOf } from '../../../hack/load/http/limits.ts'
import { type Measured, measuredFrom, type Sample } from '../../../hack/load/http/measured.ts'
import { loadPicture } from '../../../hack/load/http/picture.ts'
import { report } from '../../../hack/load/http/report.ts'
import { type LoadResult, loadResultFrom } from '../../../hack/load/http/result.ts'

/** Answers that took 1 ms, 2 ms and so on, one every 100 ms. */
function samples(count: number, change: Partial<Sample> = {}): Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ step: 'readStock', atMs: index * 100, tookMs: index + 1, status: 200, expected: true },
    ...change,
  }))
}

function measured(some: readonly Sample[], unanswered = 0, seconds = 10): Measured {
  return measuredFrom({ samples: some, seconds, unanswered, examples: [], usersAt: () => 3 })
}

function resultOf(at: string, of: Measured, scale = 1): LoadResult {
  const { what } = scenarios.baseline
  const verdicts = verdictsOf(scenarios.baseline, of)
  const results = [{ scenario: 'baseline', what, gateways: 1, users: 20, measured: of, verdicts }]
  return { format: 1, at, machine: '2 cores', scale, results, books: { closed: true, lines: ['Books closed.'] } }
}

const failing = (of: Measured, scenario: Parameters<typeof verdictsOf>[0]) =>
  verdictsOf(scenario, of)
    .filter(({ kept }) => !kept)
    .map(({ what, found }) => `${what} ${found}`)

describe('what was measured', () => {
  it('has percentiles of all and of each step, and how often each status came', () => {
    const of = measured([...samples(100), ...samples(10, { step: 'reserve', status: 409, tookMs: 7, expected: false })])
    assert.deepEqual(of.steps.readStock, { count: 100, p50Ms: 51, p95Ms: 96, p99Ms: 100, mostMs: 100 })
    assert.deepEqual([of.all.count, of.steps.reserve?.p95Ms], [110, 7])
    assert.deepEqual([of.answers, of.unexpected], [{ 200: 100, 409: 10 }, 10])
  })

  it('is cut into seconds, larger pieces where it took longer than a minute, and tenths where it is soon over', () => {
    const { slices } = measured(samples(100), 0, 10)
    assert.equal(slices.length, 10)
    assert.deepEqual(
      slices.slice(0, 2).map(({ atSeconds, perSecond, p50Ms, users }) => [atSeconds, perSecond, p50Ms, users]),
      [
        [0, 10, 6, 3],
        [1, 10, 16, 3],
      ],
    )
    const hour = measured(
      samples(600).map((sample, index) => ({ ...sample, atMs: index * 6_000 })),
      0,
      3_600,
    )
    assert.equal(hour.slices.length, 60)
    assert.equal(measured(samples(20), 0, 2).slices.length, 20)
  })
})

describe('the limits of a scenario', () => {
  it('are kept by what is quick and answered', () => {
    assert.deepEqual(failing(measured(samples(100)), scenarios.baseline), [])
  })

  it('are missed by what is as slow as they say', () => {
    const slow = measured(samples(100, { tookMs: 200 }))
    assert.deepEqual(failing(slow, scenarios.baseline), ['P95 200 ms'])
  })

  it('are missed by one in a thousand that is answered otherwise, or not at all', () => {
    const one = samples(1, { expected: false, status: 500 })
    assert.deepEqual(failing(measured([...samples(999, { tookMs: 1 }), ...one]), scenarios.baseline), [
      'errors 0.1 % (1 of 1000)',
    ])
    assert.deepEqual(failing(measured(samples(999, { tookMs: 1 }), 1), scenarios.baseline), [
      'errors 0.1 % (1 of 1000)',
    ])
    assert.deepEqual(failing(measured([...samples(1_000, { tookMs: 1 }), ...one]), scenarios.baseline), [])
  })

  it('are missed where nothing was answered', () => {
    const want = ['P95 no answer', 'P99 no answer', 'errors nothing was asked']
    assert.deepEqual(failing(measured([]), scenarios.baseline), want)
  })

  it('are exact numbers of answers in a burst', () => {
    const burst = (given: number, refused: number) =>
      measured([...samples(given), ...samples(refused, { status: 409 })])
    assert.deepEqual(failing(burst(100, 100), scenarios.burst), [])
    assert.deepEqual(failing(burst(101, 99), scenarios.burst), ['answers 200 101', 'answers 409 99'])
  })
})

describe('the report of a load', () => {
  const then = resultOf('2026-11-28T10:00:00.000Z', measured(samples(100)))
  const now = resultOf('2026-11-29T10:00:00.000Z', measured(samples(100, { tookMs: 300 })), 0.1)

  it('says what was missed, and what it was before', () => {
    const page = report(now, then, 'load.svg')
    assert.match(page, /!\[[^\]]+\]\(load\.svg\)/)
    assert.match(
      page,
      /^\| baseline \| 1 \| 20 \| 100 \| 10 \| 300 ms \| 300 ms \| 300 ms \| 300 ms \| 0 \| 100 × 200 \| ✗ \|$/m,
    )
    assert.match(page, /^- \*\*baseline, 1 gateway\*\*: P95 300 ms, wanted < 200 ms$/m)
    assert.match(page, /^\| baseline \| 1 \| 10 → 10 \| 51 ms → 300 ms \| 96 ms → 300 ms \| 100 ms → 300 ms \|$/m)
    assert.match(page, /At scale 0\.1/)
    assert.match(page, /They close\./)
  })

  it('sets two gateways beside one where both were tried', () => {
    const [one] = then.results
    assert.ok(one)
    const two = { ...one, gateways: 2, measured: measured(samples(200)) }
    const page = report({ ...then, results: [one, two] }, undefined, 'load.svg')
    assert.match(page, /^\| baseline \| 1 → 2 \| 10 → 20 \| 51 ms → 101 ms \| 96 ms → 191 ms \| 100 ms → 199 ms \|$/m)
    assert.doesNotMatch(report(then, undefined, 'load.svg'), /More gateways/)
  })

  it('stands alone where there is none before, or of other scenarios only', () => {
    const alone = report(then, undefined, 'load.svg')
    assert.match(alone, /All limits are kept\./)
    assert.match(alone, /There is no earlier run to compare with\./)
    assert.match(report(then, { ...now, results: [] }, 'load.svg'), /had none of these scenarios/)
  })

  it('says when nobody has looked into the books, and when they do not close', () => {
    const books = (closed: boolean | undefined) =>
      report({ ...then, books: { closed, lines: [] } }, undefined, 'load.svg')
    assert.match(books(undefined), /Nobody has looked\./)
    assert.match(books(false), /do \*\*not\*\* close/)
  })

  it('is compared with what the JSON file keeps, and with nothing else', () => {
    assert.deepEqual(loadResultFrom(JSON.stringify(then)), JSON.parse(JSON.stringify(then)))
    for (const other of ['', 'null', '[]', '{"format": 2, "results": []}', '{"format": 1}'])
      assert.equal(loadResultFrom(other), undefined, other)
  })

  it('has a picture with a line over time and marks of the last run', () => {
    const drawn = loadPicture(now, then)
    assert.match(drawn, /^<svg [\s\S]+<\/svg>\n$/)
    assert.equal(drawn.match(/<polyline class="p95" points="[0-9., ]+"\/>/g)?.length, 1)
    assert.equal(drawn.match(/<line class="last"/g)?.length, 3)
    assert.equal(loadPicture(then, undefined).includes('<line class="last"'), false)
    assert.equal(/NaN|undefined|Infinity/.test(drawn), false)
    const nothing = loadPicture(resultOf('2026-11-29T10:00:00.000Z', measured([], 0, 0)), undefined)
    assert.equal(/NaN|undefined|Infinity/.test(nothing), false)
  })
})
