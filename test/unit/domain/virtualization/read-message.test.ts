import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type SourceRule, whyNotAllowed } from '../../../../operator/domain/virtualization/may-ask.ts'
import { type SentMessage, sentMessageFrom } from '../../../../operator/domain/virtualization/read-message.ts'
import { kindTerms } from '../../../../operator/domain/virtualization/request-types.ts'

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
    ...{ classes: [], fabrics: [] },
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

  describe('of a storage or a network', () => {
    const open = { ...rule, types: '*' as const, classes: ['standard'], fabrics: ['lab'] }
    const storage = (specification: object) =>
      asked({ specification: { pool: 'small', ...specification } }, { messageType: 'CREATE_VIRTUAL_STORAGE' })
    const network = (specification: object) => asked({ specification }, { messageType: 'CREATE_VIRTUAL_NETWORK' })

    it('lets it ask for the classes, the fabrics and the namespaces that its topic may name', () => {
      for (const sent of [
        storage({ class: 'standard' }),
        storage({ size: '9Ti', iops: 9_000, reclaim: 'Delete' }),
        network({ fabric: 'lab', namespaces: ['desk'], cidr: '10.0.0.0/8', vlan: 7 }),
      ])
        assert.equal(whyNotAllowed(sent, open), undefined)
      const end = asked({ specification: { uid: 'u' } }, { messageType: 'DELETE_VIRTUAL_NETWORK' })
      assert.equal(whyNotAllowed(end, open), undefined, 'an end is on no fabric')
    })

    for (const [what, sent, given] of [
      ['the class "ssd"', storage({ class: 'ssd' }), open],
      ['the class "standard"', storage({}), { ...open, classes: [] }],
      ['the fabric "default"', network({}), open],
      ['the fabric {"a":1}', network({ fabric: { a: 1 } }), open],
      ['the namespace (of its network) "rich"', network({ fabric: 'lab', namespaces: ['desk', 'rich'] }), open],
      ['the namespace (of its network) "desk2"', network({ fabric: 'lab', namespaces: 'desk2' }), open],
    ] as const)
      it(`does not let it ask for ${what}, whether it says so or leaves it out`, () =>
        assert.equal(whyNotAllowed(sent, given), `this topic may not ask for ${what}`))

    it('takes for usual what their schemas do', () => {
      const usualIn = (plural: string, field: string) =>
        parse(readFileSync(join(import.meta.dirname, `../../../../crds/${plural}.kbnt.io.yaml`), 'utf8')).spec
          .versions[0].schema.openAPIV3Schema.properties.spec.properties[field].default
      assert.equal(kindTerms.VirtualStorage.usual.class, usualIn('vstorages', 'class'))
      assert.equal(kindTerms.VirtualNetwork.usual.fabric, usualIn('vnetworks', 'fabric'))
    })
  })

  it('knows an upper bound of priorities, and no topic without a rule', () => {
    assert.match(whyNotAllowed(asked({ priority: 6 }), rule) ?? '', /up to 5, and not for 6/)
    assert.match(whyNotAllowed(asked({}), undefined) ?? '', /worker.virtualization.sources/)
  })
})
