import assert from 'node:assert/strict'
import { type SourceRule, whyNotAllowed } from '../../../../operator/domain/virtualization/may-ask.ts'
import { type SentMessage, sentMessageFrom } from '../../../../operator/domain/virtualization/read-message.ts'

const least = {
  messageId: 'm-1',
  messageType: 'CREATE_VIRTUAL_MACHINE',
  payload: { userId: 'ana', namespace: 'desk', specification: { pool: 'small' } },
}
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const reasonOf = (value: unknown, fallback?: string) => {
  const sent = sentMessageFrom(bytes(value), fallback)
  return 'cause' in sent ? `${sent.cause}: ${sent.reason}` : `${sent.namespace} ${sent.message.messageId}`
}
const without = (path: 'userId' | 'specification' | 'namespace', value?: unknown) => ({
  ...least,
  payload: { ...least.payload, [path]: value },
})

describe('sentMessageFrom', () => {
  it('reads whose a message is, and leaves the rest to the schema', () => {
    assert.deepEqual(sentMessageFrom(bytes({ ...least, extra: [1] })), {
      namespace: 'desk',
      message: { ...least, extra: [1] },
    })
  })

  it('takes the namespace of the settings for one that names none', () => {
    assert.equal(reasonOf(without('namespace'), 'usual'), 'usual m-1')
    assert.equal(reasonOf(least, 'usual'), 'desk m-1')
  })

  for (const [value, reason] of [
    ['', 'it is not JSON'],
    ['{"a":', 'it is not JSON'],
    ['null', 'it is no JSON object'],
    [[least], 'it is no JSON object'],
    [{ ...least, messageId: 7 }, 'messageId is not a text'],
    [{ ...least, messageId: '' }, 'messageId is not a text'],
    [{ ...least, messageId: '\ud800' }, 'messageId is not a text'],
    [{ ...least, messageType: null }, 'messageType is not a text'],
    [{ ...least, payload: 'x' }, 'payload is not an object'],
    [without('userId'), 'payload.userId is not a text'],
    [without('specification', []), 'payload.specification is not an object'],
    [without('namespace'), 'payload.namespace is missing'],
    [without('namespace', '../kube-system'), 'payload.namespace is not the name of a namespace'],
    [without('namespace', 7), 'payload.namespace is not the name of a namespace'],
    [`{"payload":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 'it is nested more than 32 levels deep'],
    [`"${'x'.repeat(300_000)}"`, 'it has 300002 bytes, and at most 262144 are read'],
  ] as const)
    it(`says of ${JSON.stringify(value)?.slice(0, 60)}: ${reason}`, () =>
      assert.equal(reasonOf(value), `Unreadable: ${reason}`))

  it('takes no bytes that are not UTF-8', () => {
    const sent = sentMessageFrom(Buffer.from([0x7b, 0xff, 0x7d]))
    assert.ok('cause' in sent)
  })
})

describe('whyNotAllowed', () => {
  const rule: SourceRule = {
    ...{ topic: 't', namespaces: ['desk'], types: ['CREATE_VIRTUAL_MACHINE'], pools: ['small'], networks: [] },
    ...{ users: '*', maxPriority: 5, endsAny: false, poolNamespaces: [], providers: [], images: ['quay.io/kbnt/'] },
  }
  const asked = (payload: object, more: object = {}): SentMessage => {
    const message = { ...least, ...more, payload: { ...least.payload, ...payload } }
    return { namespace: message.payload.namespace, message }
  }

  it('lets a message ask for what its topic may', () => {
    assert.equal(whyNotAllowed(asked({ priority: 5 }), rule), undefined)
    assert.equal(whyNotAllowed(asked({ specification: {} }), rule), undefined) // whether it needs one is not asked here
    const specification = { pool: 'small', poolNamespace: 'desk', image: 'quay.io/kbnt/web:1' }
    assert.equal(whyNotAllowed(asked({ specification }), rule), undefined)
  })

  for (const [what, sent, given] of [
    ['the namespace "other"', asked({ namespace: 'other' }), rule],
    ['the type "DELETE_VIRTUAL_MACHINE"', asked({}, { messageType: 'DELETE_VIRTUAL_MACHINE' }), rule],
    ['the pool "large"', asked({ specification: { pool: 'large' } }), rule],
    ['the network "lan"', asked({ specification: { pool: 'small', network: { name: 'lan' } } }), rule],
    ['the network "lan"', asked({ specification: { pool: 'small', network: 'lan' } }), rule],
    ['the pool namespace "rich"', asked({ specification: { pool: 'small', poolNamespace: 'rich' } }), rule],
    ['the provider "KubeVirt"', asked({ specification: { pool: 'small', provider: 'KubeVirt' } }), rule],
    ['the image "quay.io/evil"', asked({ specification: { pool: 'small', image: 'quay.io/evil' } }), rule],
    ['the user "ana"', asked({}), { ...rule, users: [] }],
    ['the pool {"a":1}', asked({ specification: { pool: { a: 1 } } }), rule],
  ] as const)
    it(`does not let it ask for ${what}`, () =>
      assert.equal(whyNotAllowed(sent, given), `this topic may not ask for ${what}`))

  it('knows an upper bound of priorities, and no topic without a rule', () => {
    assert.match(whyNotAllowed(asked({ priority: 6 }), rule) ?? '', /up to 5, and not for 6/)
    assert.match(whyNotAllowed(asked({}), undefined) ?? '', /worker.virtualization.sources/)
  })
})
