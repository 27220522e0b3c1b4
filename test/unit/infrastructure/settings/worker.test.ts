import assert from 'node:assert/strict'
import { readSettings } from '../../../../operator/infrastructure/settings/read-settings.ts'

const alertmanagers = [{ url: 'http://alertmanager:9093' }]

function workerOf(alerts: object, argv: readonly string[] = ['--flows', 'alerts', '--kafka-brokers', 'kafka:9092']) {
  const file = JSON.stringify({ worker: { alerts } })
  return readSettings({ argv: ['--config', 'f', ...argv], env: {}, readFile: () => file }).worker
}

describe('settings of a worker', () => {
  it('name flows by the flag, with what they need', () => {
    const { flows, alerts } = workerOf({ alertmanagers, repeatEvery: '30s' })
    assert.deepEqual(flows, ['alerts'])
    assert.deepEqual(alerts.alertmanagers, [{ ...alertmanagers[0], allowUnencrypted: false }])
    assert.equal(alerts.repeatEveryMs, 30_000)
    assert.deepEqual(alerts.topics, ['critical-stock-events'])
  })

  it('are none where nobody asks for a flow', () => {
    assert.deepEqual(workerOf({}, []).flows, [])
  })

  const wrong: readonly (readonly [
    what: string,
    alerts: object,
    argv: readonly string[] | undefined,
    fault: RegExp,
  ])[] = [
    [
      'a flow that there is none of',
      { alertmanagers },
      ['--flows', 'alarms'],
      /--flows: "alarms" is not one of alerts, history, integration, log-alerts, log-index, virtualization$/,
    ],
    ['no Kafka', { alertmanagers }, ['--flows', 'alerts'], /kafka\.brokers: is empty, and flows read topics/],
    ['no Alertmanager', {}, undefined, /worker\.alerts\.alertmanagers: is empty, .*give \[\{url/],
    [
      'one topic for two things',
      { alertmanagers, topics: ['a'], deadLetterTopic: 'a' },
      undefined,
      /deadLetterTopic: is one of topics/,
    ],
    ['levels in several topics', { alertmanagers, topics: ['a', 'b'] }, undefined, /worker\.alerts\.topics/],
    ['a password in an address', { alertmanagers: [{ url: 'http://u:p@host' }] }, undefined, /without a password/],
    ['repetitions without a pause', { alertmanagers, repeatEvery: '100ms' }, undefined, /is not at least 1s/],
  ]
  for (const [what, alerts, argv, fault] of wrong) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => workerOf(alerts, argv), fault)
    })
  }

  describe('of which two flows have one group', () => {
    const twoOf = (flows: string, groups: Readonly<Record<string, string>>) => {
      const ofFlow = Object.entries(groups).map(([flow, group]) => [flow, { group, alertmanagers }])
      const file = JSON.stringify({ worker: Object.fromEntries(ofFlow) })
      const argv = ['--config', 'f', '--flows', flows, '--kafka-brokers', 'kafka:9092']
      return () => readSettings({ argv, env: {}, readFile: () => file })
    }
    const one = /worker\.alerts\.group: "kbnt" is the group of worker\.logAlerts, too: .*give one of them another group/

    it('are refused, with both of them', () => {
      const both = twoOf('alerts,log-alerts', { alerts: 'kbnt', logAlerts: 'kbnt' })
      assert.throws(both, one)
      assert.throws(both, /worker\.logAlerts\.group: "kbnt" is the group of worker\.alerts/)
    })

    it('are refused also where the other one runs elsewhere with the same settings', () => {
      assert.throws(twoOf('alerts', { alerts: 'kbnt', logAlerts: 'kbnt' }), one)
    })

    it('are taken where each has its own, or neither runs here', () => {
      assert.doesNotThrow(twoOf('alerts,log-alerts', { alerts: 'kbnt-a', logAlerts: 'kbnt-b' }))
      const argv = ['--config', 'f']
      const file = JSON.stringify({ worker: { alerts: { group: 'kbnt' }, logAlerts: { group: 'kbnt' } } })
      assert.doesNotThrow(() => readSettings({ argv, env: {}, readFile: () => file }))
    })
  })

  const flows = { url: 'postgres://kbnt@db/kbnt', serves: 'flows' }
  const historyIn = (databases: object, worker: object = {}, more: object = {}) => {
    const file = JSON.stringify({ databases, worker, ...more })
    const argv = ['--config', 'f', '--flows', 'history', '--kafka-brokers', 'kafka:9092']
    return readSettings({ argv, env: {}, readFile: () => file }).worker
  }

  it('need a database of flows for the history, by the name that they give', () => {
    assert.equal(historyIn({ flows }).database, 'flows')
    assert.equal(historyIn({ past: flows }, { database: 'past' }).database, 'past')
    assert.throws(() => historyIn({}), /worker\.database: is "flows", and databases has none of that name/)
    assert.throws(() => historyIn({ flows: { url: flows.url } }), /worker\.database: is "flows", which has books/)
    const ofGateway = { gateway: { historyDatabase: 'past' } }
    assert.throws(() => historyIn({ flows }, {}, ofGateway), /gateway\.historyDatabase: is "past", and databases has/)
    const sameTopic = { history: { topics: ['a'], deadLetterTopic: 'a' } }
    assert.throws(() => historyIn({ flows }, sameTopic), /worker\.history\.deadLetterTopic: is one of topics/)
  })
})

describe('settings of the flow log-alerts', () => {
  const alertmanagers = [{ url: 'http://alertmanager:9093' }]
  const logAlerts = (given: object) => {
    const file = JSON.stringify({
      worker: { flows: ['log-alerts'], logAlerts: given },
      kafka: { brokers: ['kafka:9092'] },
    })
    return readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => file }).worker.logAlerts
  }

  it('have a group, a topic and a quiet time where nobody says otherwise', () => {
    assert.deepEqual(logAlerts({ alertmanagers }), {
      ...{ topics: ['error-logs'], group: 'kbnt-log-alerts', deadLetterTopic: 'log-alerts-dead-letter' },
      alertmanagers: [{ ...alertmanagers[0], allowUnencrypted: false }],
      ...{ quietAfterMs: 600_000, mostOpen: 100 },
    })
  })

  for (const [what, given, fault] of [
    ['nobody to tell', {}, /logAlerts\.alertmanagers: is empty, and the flow log-alerts posts to nobody/],
    ['a quiet time that is none', { alertmanagers, quietAfter: '9s' }, /logAlerts\.quietAfter: is not at least 10s/],
    [
      'one topic for all',
      { alertmanagers, deadLetterTopic: 'error-logs' },
      /logAlerts\.deadLetterTopic: is one of topics/,
    ],
  ] as const)
    it(`are refused with ${what}`, () => assert.throws(() => logAlerts(given), fault))
})

describe('settings of the flow virtualization', () => {
  const faultsOf = (virtualization: object, flows: readonly string[] = ['virtualization']) => {
    const file = JSON.stringify({ kafka: { brokers: ['k:9092'] }, worker: { flows, virtualization } })
    try {
      return readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => file }).worker.virtualization
    } catch (error) {
      return String(error)
    }
  }
  const source = { topic: 'virtualization-requests' }

  it('allow nothing that no rule names', () => {
    const read = faultsOf({ sources: [source] })
    assert.ok(typeof read === 'object')
    assert.deepEqual(read.sources, [
      {
        ...{ ...source, namespaces: [], types: [], pools: [], networks: [], users: [], maxPriority: 0, endsAny: false },
        ...{ poolNamespaces: [], providers: [], images: [], classes: [], fabrics: [] },
        ...{ signingKeyFiles: [], encoding: 'json' },
      },
    ])
    assert.deepEqual([read.delaysMs, read.maxUnfinished], [[5_000, 60_000, 600_000], 2_000])
  })

  it('are refused where a topic has no rule, has two, or stands for two things', () => {
    assert.match(String(faultsOf({})), /has no rule for virtualization-requests/)
    assert.equal(typeof faultsOf({}, []), 'object')
    assert.match(String(faultsOf({ sources: [source, source] })), /has two rules for virtualization-requests/)
    const same = { sources: [source], retryTopic: 'virtualization-requests' }
    assert.match(String(faultsOf(same)), /need to be different ones/)
    const avro = { sources: [{ ...source, encoding: 'avro' }] }
    assert.match(
      String(faultsOf(avro)),
      /registry: is missing, and virtualization-requests is avro|registry is missing/,
    )
    assert.equal(typeof faultsOf({ ...avro, registry: { url: 'https://r.example.com/apis' } }), 'object')
  })

  const logIndex = (given: object) => {
    const file = JSON.stringify({
      worker: { flows: ['log-index'], logIndex: given },
      kafka: { brokers: ['kafka:9092'] },
    })
    return readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => file }).worker.logIndex
  }
  const url = 'https://opensearch:9200'

  it('put what is of money and of rights into indices of their own', () => {
    assert.deepEqual(
      logIndex({ url }).indices.map(({ prefix, topics }) => [prefix, ...topics]),
      [
        ['virtual-stock-logs', 'error-logs', 'application-logs'],
        ['virtual-stock-audit-logs', 'audit-logs'],
        ['virtual-stock-financial-logs', 'financial-logs'],
      ],
    )
  })

  const wrongIndex: readonly (readonly [what: string, given: object, fault: RegExp])[] = [
    ['nowhere to put lines', {}, /logIndex\.url: is missing; give where logs are looked for/],
    ['two ways to log in', { url, tokenFile: 't', apiKeyFile: 'k' }, /tokenFile: is one of several ways to log in/],
    ['a user without a password', { url, user: 'kbnt' }, /passwordFile/],
    [
      'a topic for two indices',
      {
        url,
        indices: [
          { prefix: 'a', topics: ['t'] },
          { prefix: 'b', topics: ['t'] },
        ],
      },
      /in two places/,
    ],
    ['its dead letters among the lines', { url, deadLetterTopic: 'audit-logs' }, /is one of the topics/],
  ]
  for (const [what, given, fault] of wrongIndex)
    it(`are refused with ${what}`, () => assert.throws(() => logIndex(given), fault))
})
