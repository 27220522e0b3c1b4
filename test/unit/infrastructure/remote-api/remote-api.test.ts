import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from '../../../../hack/testbed/certificates.ts'
import { freePorts } from '../../../../hack/testbed/free-ports.ts'
import { systemClock } from '../../../../operator/infrastructure/clock/system-clock.ts'
import { noCredentials, tokenInFile, tokensFrom } from '../../../../operator/infrastructure/remote-api/credentials.ts'
import {
  type RemoteApi,
  type RemoteCall,
  remoteApi,
} from '../../../../operator/infrastructure/remote-api/remote-api.ts'
import type {
  Credentials,
  RemoteApiOptions,
} from '../../../../operator/infrastructure/remote-api/remote-api-options.ts'
import { type Behaviour, type OtherSide, otherSide } from '../../../fixtures/other-side.ts'

const aCall: RemoteCall = {
  asker: 'uid-1-7',
  method: 'POST',
  path: '/stock-reserved',
  body: '{"reference":"uid-1"}',
  headers: { 'idempotency-key': 'uid-1-7', 'kbnt-sequence': '7' },
}
const options = { name: 'east', timeoutMs: 300, concurrency: 4, breaker: { failures: 3, openMs: 60_000 } }
const calm = () => new AbortController().signal
const folder = () => mkdtempSync(join(tmpdir(), 'kbnt-remote-'))

describe("somebody else's API over HTTP", () => {
  let side: OtherSide
  let subjects: RemoteApi[]
  let results: string[]

  beforeEach(async () => {
    side = await otherSide()
    subjects = []
    results = []
  })
  afterEach(async () => {
    await Promise.all(subjects.map((one) => one.close()))
    await side.close()
  })
  const target = (particular: Partial<RemoteApiOptions> = {}, credentials: Credentials = noCredentials) => {
    const made = remoteApi(
      { ...options, url: side.url, ...particular },
      { clock: systemClock(), credentials, onState: () => undefined, onCall: (result) => results.push(result) },
    )
    subjects.push(made)
    return made
  }
  const replyTo = async (behaviour: Behaviour) => {
    side.behave = () => behaviour
    return target().call(aCall, calm())
  }

  it('is called with the headers and the body that were given, behind the prefix of its address', async () => {
    const reply = await target({ url: `${side.url}/api/` }).call(aCall, calm())
    assert.deepEqual(reply, { kind: 'answered', status: 201, text: '{"externalId":"EXT-uid-1"}' })
    const [seen] = side.calls
    assert.deepEqual(
      [seen?.path, seen?.id, seen?.sequence, seen?.body],
      ['/api/stock-reserved', 'uid-1-7', 7, aCall.body],
    )
    assert.equal(seen?.headers['content-type'], 'application/json')
  })

  it('says what it answers, when to come again, and no more than its beginning', async () => {
    const at = new Date(Date.UTC(2026, 10, 22))
    const date = { date: at.toUTCString(), 'retry-after': new Date(at.getTime() + 4_000).toUTCString() }
    for (const [headers, retryAfterMs] of [
      [{ 'retry-after': '2' }, 2_000],
      [date, 4_000],
      [{ 'retry-after': 'soon' }, undefined],
    ] as const) {
      const reply = await replyTo({ kind: 'answer', status: 429, headers: headers as Record<string, string> })
      assert.equal(reply.kind === 'answered' ? reply.retryAfterMs : 'none', retryAfterMs)
    }
    const long = await replyTo({ kind: 'answer', status: 200, text: 'x'.repeat(1_000_000) })
    assert.equal(long.kind === 'answered' ? long.text.length : 0, 64 * 1024)
  })

  it('is not followed to where it sends us', async () => {
    const reply = await replyTo({ kind: 'answer', status: 307, headers: { location: `${side.url}/elsewhere` } })
    assert.equal(reply.kind === 'answered' && reply.status, 307)
    assert.equal(side.calls.length, 1)
  })

  it('may have taken what it gives no answer to', async () => {
    for (const kind of ['reset', 'hang', 'lose'] as const) assert.equal((await replyTo({ kind })).kind, 'lost', kind)
    const slow = await replyTo({ kind: 'take', afterMs: 1_000 })
    assert.deepEqual([slow.kind, slow.kind === 'lost' && slow.cause], ['lost', 'Timeout'])
    assert.deepEqual(results, ['lost', 'lost', 'lost', 'lost'])
  })

  it('has said nothing where its answer does not end, and is left alone when that goes on', async () => {
    const subject = target()
    const causes: string[] = []
    for (const kind of ['begin', 'cut', 'begin'] as const) {
      side.behave = () => ({ kind })
      const reply = await subject.call(aCall, calm())
      causes.push(reply.kind === 'lost' ? reply.cause : reply.kind)
    }
    assert.deepEqual(causes, ['Timeout', 'NoAnswer', 'Timeout'])
    assert.deepEqual(results, ['lost', 'lost', 'lost'])
    assert.equal(subject.breaker, 'open')
  })

  it('has surely not taken what no connection was made for', async () => {
    const [port] = await freePorts(1)
    const gone = await target({ url: `http://127.0.0.1:${port}` }).call(aCall, calm())
    assert.equal(gone.kind, 'unsent')
    const deaf = createServer((socket) => socket.on('error', () => undefined).setTimeout(2_000, () => socket.destroy()))
    await new Promise<void>((done) => deaf.listen(0, '127.0.0.1', done))
    const { port: deafPort } = deaf.address() as { port: number }
    const notSecure = await target({ url: `https://127.0.0.1:${deafPort}` }).call(aCall, calm())
    assert.equal(notSecure.kind, 'unsent')
    deaf.close()
  })

  it('is left alone once it fails again and again, and not for what is wrong with a message or with us', async () => {
    const subject = target()
    for (const status of [400, 404, 422, 401, 403, 409, 413])
      for (let times = 0; times < 3; times += 1) {
        side.behave = () => ({ kind: 'answer', status })
        assert.equal((await subject.call(aCall, calm())).kind, 'answered')
      }
    assert.equal(subject.breaker, 'closed')
    const behaviours: Behaviour[] = [
      { kind: 'answer', status: 503 },
      { kind: 'reset' },
      { kind: 'answer', status: 429 },
    ]
    for (const behaviour of behaviours) {
      side.behave = () => behaviour
      await subject.call(aCall, calm())
    }
    assert.equal(subject.breaker, 'open')
    const before = side.calls.length
    const reply = await subject.call(aCall, calm())
    assert.deepEqual([reply.kind, reply.kind === 'unsent' && reply.cause], ['unsent', 'BreakerOpen'])
    assert.ok(reply.kind === 'unsent' && (reply.retryAfterMs ?? 0) > 50_000)
    assert.equal(side.calls.length, before)
  })

  it('is asked by no more at once than it may be', async () => {
    let [now, most] = [0, 0]
    side.behave = () => {
      now += 1
      most = Math.max(most, now)
      setTimeout(() => {
        now -= 1
      }, 15)
      return { kind: 'take', afterMs: 20 }
    }
    const subject = target({ timeoutMs: 10_000 })
    await Promise.all(Array.from({ length: 20 }, (_, index) => subject.call({ ...aCall, asker: `e-${index}` }, calm())))
    assert.equal(most, 4)
  })

  it('is shown the token of the file as it is now; without the file nothing is sent', async () => {
    const file = join(folder(), 'token')
    const subject = target({}, tokenInFile(file))
    assert.deepEqual((await subject.call(aCall, calm())).kind, 'unsent')
    for (const token of ['one', 'two']) {
      writeFileSync(file, `${token}\n`)
      await subject.call(aCall, calm())
    }
    assert.deepEqual(
      side.calls.map(({ headers }) => headers.authorization),
      ['Bearer one', 'Bearer two'],
    )
  })

  it('is shown a token that many share, and a new one once it is refused', async () => {
    let sources = 0
    let asked = 0
    const credentials = tokensFrom(() => {
      sources += 1
      const name = `token-${sources}`
      return async () => {
        asked += 1
        return name
      }
    })
    const subject = target({}, credentials)
    await Promise.all([1, 2, 3].map(() => subject.call(aCall, calm())))
    assert.equal(asked, 1)
    side.behave = ({ headers }) =>
      headers.authorization === 'Bearer token-1' ? { kind: 'answer', status: 401 } : { kind: 'take' }
    await subject.call(aCall, calm())
    const reply = await subject.call(aCall, calm())
    assert.equal(reply.kind === 'answered' && reply.status, 201)
  })

  it('knows us by our certificate, and it may have another authority than before', async () => {
    const [one, two] = [await makeCertificates(folder()), await makeCertificates(folder())]
    const files = { caFile: join(folder(), 'ca'), certFile: join(folder(), 'cert'), keyFile: join(folder(), 'key') }
    const served = ({ servingKeyPath, servingCertificatePath, authorityPem }: typeof one) => ({
      ...{ key: readFileSync(servingKeyPath), cert: readFileSync(servingCertificatePath), ca: authorityPem },
      ...{ requestCert: true, rejectUnauthorized: true },
    })
    const rotate = async (to: typeof one) => {
      const { certificatePem, keyPem } = await to.clientCertificate('kbnt', [])
      writeFileSync(files.caFile, to.authorityPem)
      writeFileSync(files.certFile, certificatePem)
      writeFileSync(files.keyFile, keyPem)
    }
    await rotate(one)
    const first = await otherSide({ tls: served(one) })
    const subject = target({ url: first.url.replace('127.0.0.1', 'localhost'), tls: files, timeoutMs: 5_000 })
    assert.equal((await subject.call(aCall, calm())).kind, 'answered')
    await first.close()
    const second = await otherSide({ tls: served(two), port: Number(new URL(first.url).port) })
    try {
      assert.equal((await subject.call(aCall, calm())).kind, 'unsent')
      await rotate(two)
      assert.equal((await subject.call(aCall, calm())).kind, 'answered')
    } finally {
      await second.close()
    }
  })
})
