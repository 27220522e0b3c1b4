import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { machineReasons } from '../../../operator/domain/machine/machine-reasons.ts'
import { networkReasons } from '../../../operator/domain/network/network-reasons.ts'
import { reasonNames, recordOf } from '../../../operator/domain/reservation/reasons.ts'
import { deletionReasons } from '../../../operator/domain/resource/resource-reasons.ts'
import { storageReasons } from '../../../operator/domain/storage/storage-reasons.ts'
import { requestReasons } from '../../../operator/domain/virtualization/request-reasons.ts'
import { eventSchemas } from '../../fixtures/event-schemas.ts'

const project = join(import.meta.dirname, '../../..')
const pages = ['README.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: project })]
const read = (path: string) => readFileSync(join(project, path), 'utf8')

describe('the pages', () => {
  for (const page of pages)
    it(`of ${page} link to what exists`, () => {
      const targets = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target)
      const missing = targets.filter((target) => !existsSync(join(project, dirname(page), target)))
      assert.deepEqual(missing, [])
    })

  it('name every decision record with a number of its own, without a gap', () => {
    const numbers = globSync('docs/decisions/*.md', { cwd: project })
      .map((path) => Number(path.match(/(\d{4})-[^/]*$/)?.[1]))
      .sort((a, b) => a - b)
    assert.ok(numbers.length > 0)
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    )
  })

  it('explain every reason that a reservation may be pending, waiting or over for', () => {
    const page = read('docs/troubleshooting.md')
    // where all is well, and what nobody is left to read
    const silent = ['Reserved', 'Confirmed', 'Deleted', 'Undone']
    const phases = { undecided: ['Pending'], waits: ['Waiting'], has: [], over: ['Rejected', 'Expired', 'Released'] }
    const reasons = reasonNames.filter((reason) => !silent.includes(reason))
    const rows = [...page.matchAll(/^\| (\w+) +\| (`[^|]+)\|/gm)].map(([, phase = '', named = '']) => ({
      phase,
      named,
    }))
    assert.ok(reasons.length > 10)
    assert.deepEqual(
      reasons.filter((reason) => {
        const told: readonly string[] = phases[recordOf(reason).fate]
        return !rows.some(({ phase, named }) => told.includes(phase) && named.includes(`\`${reason}\``))
      }),
      [],
    )
  })

  it('explain every reason that a machine may have for not running', () => {
    const page = read('docs/troubleshooting.md')
    const reasons = Object.entries(machineReasons).flatMap(([reason, record]) => ('fine' in record ? [] : [reason]))
    assert.ok(reasons.length > 10)
    assert.deepEqual(
      reasons.filter((reason) => !page.includes(`\`${reason}\``)),
      [],
    )
  })

  it('explain the conditions that a machine has only where something is wrong', () => {
    const page = read('docs/troubleshooting.md')
    for (const word of ['`AddressNotManaged`', '`GuestReportsOthers`']) assert.ok(page.includes(word), word)
  })

  it('explain every reason that a storage may have for not being of use', () => {
    const page = read('docs/troubleshooting.md')
    const reasons = Object.entries(storageReasons).flatMap(([reason, record]) => ('fine' in record ? [] : [reason]))
    assert.ok(reasons.length > 10)
    assert.deepEqual(
      reasons.filter((reason) => !page.includes(`\`${reason}\``)),
      [],
    )
  })

  it('explain every reason that a network may have for not being of use', () => {
    const [, section = ''] = /^## A network can't be used$([\s\S]*?)^## /m.exec(read('docs/troubleshooting.md')) ?? []
    const reasons = Object.entries(networkReasons).flatMap(([reason, record]) => ('fine' in record ? [] : [reason]))
    assert.ok(reasons.length > 10)
    assert.deepEqual(
      reasons.filter((reason) => !section.includes(`\`${reason}\``)),
      [],
    )
  })

  it('explain everything that a deletion may wait for', () => {
    const [, section = ''] =
      /^## Something that is deleted stays$([\s\S]*?)^## /m.exec(read('docs/troubleshooting.md')) ?? []
    assert.deepEqual(
      deletionReasons.filter((reason) => !section.includes(`| \`${reason}\` |`)),
      [],
    )
  })

  it('explain every reason that a request may have of its own', () => {
    const [, section = ''] = /^## A request$([\s\S]*?)^## /m.exec(read('docs/troubleshooting.md')) ?? []
    const reasons = Object.entries(requestReasons).flatMap(([reason, record]) => ('fine' in record ? [] : [reason]))
    assert.ok(reasons.length > 5)
    assert.deepEqual(
      reasons.filter((reason) => !section.includes(`\`${reason}\``)),
      [],
    )
    const api = read('docs/reference/api.md')
    assert.deepEqual(
      Object.keys(requestReasons).filter((reason) => !api.includes(`\`${reason}\``)),
      [],
    )
  })

  it('name the bounds that the code has', () => {
    const [, section = ''] = /^## Who waits for what$([\s\S]*?)^## /m.exec(read('docs/how-it-works.md')) ?? []
    const inTheCode: readonly [file: string, constant: string, unit?: number][] = [
      ['ledger/standing.ts', 'MOST_QUEUED'],
      ['ledger/stalling.ts', 'STALLED_MS', 1_000],
      ['ledger/shares.ts', 'MOST_UNTOLD'],
      ['ledger/shares.ts', 'MOST_UNTOLD_AT_LAST'],
      ['ledger/shares.ts', 'KEPT_FOR_OTHERS'],
      ['ledger/shares.ts', 'KEPT_FOR_ENDS'],
      ['ledger/shares.ts', 'LATE_MS', 1_000],
      ['ledger/journal.ts', 'CAPACITY'],
      ['ledger/journal.ts', 'SLACK'],
      ['ledger/journal.ts', 'KEPT_FREE'],
      ['ledger/places.ts', 'MOST_PROMISED'],
      ['ledger/pace.ts', 'JOURNAL_FULL_MS', 1_000],
      ['reservation/unfollowed-verdicts.ts', 'MOST_UNFOLLOWED'],
      ['reservation/report-slots.ts', 'SLOTS'],
      ['reservation/report-slots.ts', 'FOR_ONE_NAMESPACE'],
      ['reservation/report-slots.ts', 'FOR_A_DOUBTFUL_ONE'],
      ['reservation/report-slots.ts', 'FOR_REPEATED'],
      ['reservation/report-slots.ts', 'FOR_COURTESIES'],
      ['reservation/report-slots.ts', 'LONGEST_DELAY_MS', 1_000],
      ['reservation/asides.ts', 'MOST'],
      ['reservation/retire.ts', 'MOST_PER_SWEEP'],
      ['reservation/retire.ts', 'IN_FLIGHT'],
      ['sweep.ts', 'FAILURES_OF_ONE'],
      ['reservation/park.ts', 'UNTOLD_MS', 1_000],
      ['event/topic-gates.ts', 'MOST_PER_LANE'],
      ['event/round.ts', 'MOST_PER_ROUND'],
      ['event/draining.ts', 'MOST_IN_HAND'],
      ['event/spooling.ts', 'MOST_AT_ONCE'],
      ['event/spool-batch.ts', 'MOST_EVENTS'],
      ['engine/lead.ts', 'OPENED_AT_ONCE'],
      ['engine/lead.ts', 'LONG_MS', 1_000],
      ['engine/retakes.ts', 'FIRST_MS', 1_000],
      ['engine/retakes.ts', 'LAST_MS', 60_000],
    ]
    const wrong = inTheCode.filter(([file, constant, unit = 1]) => {
      const [, value = ''] =
        new RegExp(`^(?:export )?const ${constant} = ([0-9_]+)$`, 'm').exec(read(`operator/application/${file}`)) ?? []
      const said = (Number(value.replaceAll('_', '')) / unit).toLocaleString('en')
      return value === '' || !new RegExp(`(?<![0-9]|[0-9],)${said}(?!,?[0-9])`).test(section)
    })
    assert.deepEqual(wrong, [])
  })

  it('name runbooks that exist wherever the audit does', () => {
    const sources = globSync(['operator/application/audit/*.ts', 'hack/audit/*.ts'], { cwd: project }).map(read)
    const named = sources.flatMap((source) => [...source.matchAll(/runbook: '([^']+)'/g)].map(([, name]) => name))
    assert.ok(named.length > 3)
    assert.deepEqual(
      named.filter((name) => !existsSync(join(project, `docs/runbooks/${name}.md`))),
      [],
    )
  })

  it('list every event type, and show an event as its schema has it', () => {
    const page = read('docs/reference/events.md')
    const schemas = eventSchemas()
    const unnamed = [...schemas.keys()].filter((type) => !page.includes(type.split('.')[3] ?? type))
    assert.deepEqual(unnamed, [])
    const [, type = ''] = /^ce_type: +(\S+)$/m.exec(page) ?? []
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
    const validate = schemas.get(type)?.validate
    assert.ok(validate?.(JSON.parse(example)), JSON.stringify(validate?.errors))
  })

  it('list the topics that config/topics.yaml creates', () => {
    const page = read('docs/reference/events.md')
    const topics: { name: string }[] = parse(read('config/topics.yaml')).topics
    assert.ok(topics.length > 0)
    assert.deepEqual(
      topics.map(({ name }) => name).filter((name) => !page.includes(`\`${name}\``)),
      [],
    )
  })
})
