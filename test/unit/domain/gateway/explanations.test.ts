import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { withExplanations, withProblemReasons } from '../../../../hack/generate-reasons.ts'
import { explainedProblems } from '../../../../operator/domain/gateway/explanations.ts'
import { problemKinds } from '../../../../operator/domain/gateway/problem.ts'
import { orderExplanations } from '../../../../operator/domain/order/explanations.ts'
import { orderReasons } from '../../../../operator/domain/order/order-reasons.ts'
import { reasonNames, recordOf } from '../../../../operator/domain/reservation/reasons.ts'

const project = join(import.meta.dirname, '../../../..')
const read = (path: string) => readFileSync(join(project, path), 'utf8')
const contract = read('config/openapi.yaml')
const page = read('docs/troubleshooting.md')
const { reason } = parse(contract).components.schemas.Problem.properties
/** Of an order that goes on, or is complete. */
const unfinished = Object.entries(orderExplanations)
  .filter(([name, { phase }]) => phase !== 'Cancelled' && name !== 'CancelledTooLate')
  .map(([name]) => name)
const known = explainedProblems.map((problem) => problem.reason)

describe('the reasons of problems', () => {
  it('are in the contract those that the code can give', () => {
    const ends = reasonNames.filter((name) => recordOf(name).fate === 'over')
    const orderEnds = Object.entries(orderExplanations).filter(([, { phase }]) => phase === 'Cancelled')
    const all = [...Object.keys(problemKinds), ...ends, ...orderEnds.map(([name]) => name), 'CancelledTooLate']
    assert.deepEqual([...reason.enum].sort(), [...new Set(all)].sort())
    assert.equal(new Set(reason.enum).size, reason.enum.length, 'none is there twice')
  })

  it('are each given by somebody, and none besides', () => {
    const sources = globSync('operator/{application,infrastructure}/**/*.ts', { cwd: project })
      .filter((path) => !path.includes('generated'))
      .map(read)
      .join('\n')
    const given = [...sources.matchAll(/new Problem\(\s*'(\w+)'|^ {2}\d{3}: '(\w+)',$/gm)].map(
      ([, one, other]) => one ?? other,
    )
    assert.deepEqual(
      [...new Set(given)].sort(),
      Object.keys(problemKinds).sort(),
      'problems that are made, and problems that are listed',
    )
  })

  it('have an entry each where people look, in the section that is theirs', () => {
    const sectionOf = (heading: string) => page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
    const listed = ['A reservation', 'An order', 'A call to the gateway'].flatMap((heading) =>
      [...sectionOf(heading).matchAll(/^\| \w+ \| `(\w+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(([, name = '']) => name),
    )
    assert.deepEqual(
      known.filter((name) => !listed.includes(name)),
      [],
    )
    assert.deepEqual(
      listed.filter((name) => !known.includes(name)),
      ['WaitingForStock', ...unfinished],
      'what nothing else is told by than a reservation, or an order, that is not over or is complete',
    )
  })

  it('of orders are each explained, but those that are as they should be', () => {
    const needing = Object.entries(orderReasons).filter(([, record]) => !('fine' in record))
    assert.deepEqual(
      Object.keys(orderExplanations),
      needing.map(([name]) => name),
    )
  })

  it('are written where one is missing, and change nothing else', () => {
    assert.equal(withProblemReasons(contract), contract)
    assert.equal(withProblemReasons(contract.replace(/ +- Stale\n/, '')), contract)
    assert.equal(withExplanations(page), page)
    assert.equal(withExplanations(page.replace(/^\| 503 \| `Stale`.*\n/m, '').replace(/^\| Expired .*\n/m, '')), page)
    assert.throws(() => withExplanations('# Nothing'), /no list of reasons/)
  })

  it('are explained in words that a table and a plain page can have', () => {
    for (const { means, remedy, reason: name } of explainedProblems)
      for (const text of [means, remedy]) {
        assert.match(text, /^[\w`][^|\n]{8,}[^.\s]$/, name)
        assert.doesNotMatch(text, /\]\(/, name)
      }
  })
})
