import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Delivery } from '../../../operator/application/event/publisher.ts'
import type { KafkaConnection } from '../../../operator/infrastructure/kafka/connection.ts'
import { type KafkaPublisher, kafkaPublisher } from '../../../operator/infrastructure/kafka/kafka-publisher.ts'
import { messages } from '../../contracts/publisher.contract.ts'
import { type ClientFiles, type OwnKafka, ownKafka, quiet, realClock } from './own-kafka.ts'
import { type TokenEndpoint, tokenEndpoint } from './token-endpoint.ts'

const acknowledged: Delivery = { kind: 'acknowledged' }

describe('kafkaPublisher at brokers that ask who it is', function () {
  this.timeout(120_000)
  let kafka: OwnKafka
  let directory: string
  let endpoint: TokenEndpoint
  const open: KafkaPublisher[] = []

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-secured-'))
    ;[kafka, endpoint] = await Promise.all([ownKafka(), tokenEndpoint(directory)])
  })
  afterEach(() => Promise.all(open.splice(0).map((publisher) => publisher.close())))
  after(async () => {
    await endpoint?.close()
    await kafka?.end()
    await rm(directory, { recursive: true, force: true })
  })

  function publisher(connection: KafkaConnection): KafkaPublisher {
    const made = kafkaPublisher({ connection, clock: realClock, logger: quiet, publishTimeoutMs: 5_000 })
    open.push(made)
    return made
  }
  const send = async (to: KafkaPublisher): Promise<Delivery | undefined> =>
    (await to.publish([{ topic: 'ready', messages: messages(1) }]))[0]
  /** Why nothing arrives over this connection. */
  async function refusal(connection: KafkaConnection): Promise<string> {
    const answer = await send(publisher(connection))
    return answer?.kind === 'unavailable' ? answer.reason : assert.fail(JSON.stringify(answer))
  }
  async function withToken(changes: { secret?: string } = {}): Promise<KafkaConnection> {
    const clientSecretFile = join(directory, 'client-secret')
    await writeFile(clientSecretFile, changes.secret ?? 'hush&hush\n')
    const { uri: tokenEndpointUri, caFile } = endpoint
    return {
      ...kafka.secure,
      sasl: { mechanism: 'oauthbearer', oauth: { tokenEndpointUri, clientId: 'kbnt', clientSecretFile, caFile } },
    }
  }

  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
    it(`logs in with ${mechanism}`, async () => {
      const { username, passwordFile } = kafka.secure.sasl
      const connection: KafkaConnection = { ...kafka.secure, sasl: { mechanism, username, passwordFile } }
      assert.deepEqual(await send(publisher(connection)), acknowledged)
    })

    it(`says with ${mechanism} that the password is wrong, and does not show it`, async () => {
      const passwordFile = join(directory, 'wrong')
      await writeFile(passwordFile, 'horse-battery')
      const sasl = { mechanism, username: kafka.secure.sasl.username, passwordFile }
      const reason = await refusal({ ...kafka.secure, sasl })
      assert.match(reason, /kafka\.sasl\.username, or what is in kafka\.sasl\.passwordFile/)
      assert.doesNotMatch(reason, /horse-battery/)
    })
  }

  it('logs in by a certificate of its own', async () => {
    assert.deepEqual(await send(publisher(kafka.mutual)), acknowledged)
  })

  const wrong: Record<string, { connection: () => KafkaConnection; says: RegExp }> = {
    'no certificate where the brokers ask for one': {
      connection: () => ({ ...kafka.mutual, ssl: { caFile: kafka.mutual.ssl.caFile } }),
      says: /alert bad certificate \(the brokers ask for a certificate, kafka\.ssl\.certFile\)$/,
    },
    'a certificate with the key of another': {
      connection: () => ({ ...kafka.mutual, ssl: { ...kafka.mutual.ssl, certFile: endpoint.caFile } }),
      says: /\(kafka\.ssl\.keyFile is not the key of kafka\.ssl\.certFile\)$/,
    },
    'a certificate that is not there': {
      connection: () => ({ ...kafka.mutual, ssl: { ...kafka.mutual.ssl, certFile: '/nowhere/user.crt' } }),
      says: /no such file or directory, open '\/nowhere\/user\.crt'$/,
    },
    'only public authorities': {
      connection: () => ({ ...kafka.secure, ssl: {} }),
      says: /\(kafka\.ssl\.caFile has not the authority of the brokers' certificate\)$/,
    },
    'no login where the brokers ask for one': {
      connection: () => ({ brokers: kafka.secure.brokers, clientId: 'x', ssl: { caFile: kafka.mutual.ssl.caFile } }),
      says: /the brokers ask for kafka\.ssl or kafka\.sasl at this port\)$/,
    },
    'no encryption where the brokers ask for it': {
      connection: () => ({ brokers: kafka.secure.brokers, clientId: 'x', sasl: kafka.secure.sasl }),
      says: /the brokers ask for kafka\.ssl or kafka\.sasl at this port\)$/,
    },
    'encryption where there is none': {
      connection: () => ({ ...kafka.plain, ssl: {} }),
      says: /\(no TLS at this port of kafka\.brokers, which kafka\.ssl asks for\)$/,
    },
    'a login where there is none': {
      connection: () => ({ ...kafka.mutual, sasl: kafka.secure.sasl }),
      says: /\(no login at this port of kafka\.brokers, which kafka\.sasl asks for\)$/,
    },
  }
  for (const [name, { connection, says }] of Object.entries(wrong))
    it(`says what is wrong with ${name}`, async () => assert.match(await refusal(connection()), says))

  it('logs in with a token', async () => {
    assert.deepEqual(await send(publisher(await withToken())), acknowledged)
  })

  it('goes on when its tokens end, with a new one each time', async () => {
    endpoint.lifeSeconds = 17
    const subject = publisher(await withToken())
    const before = endpoint.asked.length
    const until = Date.now() + 19_000
    while (Date.now() < until) {
      assert.deepEqual(await send(subject), acknowledged)
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    endpoint.lifeSeconds = 3_600
    assert.ok(endpoint.asked.length - before >= 3, `${endpoint.asked.length - before} tokens in 19 s`)
  })

  it('says that the brokers refuse its token, or that it gets none', async () => {
    endpoint.lifeSeconds = -60
    assert.match(await refusal(await withToken()), /the brokers refuse the access token: .*invalid_token/)
    endpoint.lifeSeconds = 3_600
    assert.match(await refusal(await withToken({ secret: 'wrong' })), /answers 401: invalid_client/)
  })

  it('takes a client secret that was mended for the next try', async () => {
    const subject = publisher(await withToken({ secret: 'wrong' }))
    assert.equal((await send(subject))?.kind, 'unavailable')
    await withToken()
    assert.deepEqual(await send(subject), acknowledged)
  })

  describe('when all certificates are made anew by another authority', () => {
    let subject: KafkaPublisher
    let renewed: ClientFiles
    let old: ClientFiles

    before(async () => {
      const names = ['caFile', 'certFile', 'keyFile'] as const
      const copies = Object.fromEntries(names.map((name) => [name, join(directory, `old-${name}`)]))
      old = copies as unknown as ClientFiles
      for (const name of names) await copyFile(kafka.mutual.ssl[name], old[name])
    })

    it('says that the brokers are others, and goes on without a restart once its files are renewed', async () => {
      subject = publisher(kafka.mutual)
      assert.deepEqual(await send(subject), acknowledged)
      renewed = await kafka.replaceAuthority()
      const answer = await send(subject)
      assert.ok(answer?.kind === 'unavailable' && /certificate/.test(answer.reason), JSON.stringify(answer))
      for (const name of ['caFile', 'certFile', 'keyFile'] as const)
        await copyFile(renewed[name], kafka.mutual.ssl[name])
      assert.deepEqual(await send(subject), acknowledged)
    })

    it('is refused with the old certificate', async () => {
      const { certFile, keyFile } = old
      const reason = await refusal({ ...kafka.mutual, ssl: { caFile: kafka.mutual.ssl.caFile, certFile, keyFile } })
      assert.match(reason, /the brokers don't trust kafka\.ssl\.certFile/)
    })
  })
})
