import assert from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import type { Logger } from '../../../../operator/application/logger.ts'
import { type LoggerOptions, winstonLogger } from '../../../../operator/infrastructure/telemetry/winston-logger.ts'

const at = Date.UTC(2026, 10, 22, 10, 0, 1, 234)

function logger(options: Partial<LoggerOptions> = {}): {
  logger: Logger
  text: () => string
  json: () => Record<string, unknown>[]
} {
  const stream = new PassThrough()
  const chunks: string[] = []
  stream.on('data', (chunk) => chunks.push(String(chunk)))
  const text = () => chunks.join('')
  return {
    logger: winstonLogger({
      format: 'json',
      level: 'info',
      stream,
      service: 'kbnt-operator',
      now: () => at,
      ...options,
    }),
    text,
    json: () =>
      text()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}

describe('winstonLogger', () => {
  it('writes one JSON line with the fields in their order', () => {
    const { logger: subject, text } = logger()
    subject.info('2 of grinder held', { stock: 'grinder', component: 'engine', namespace: 'shop' })
    const want =
      '{"timestamp":"2026-11-22T10:00:01.234Z","level":"info","service":"kbnt-operator","component":"engine","message":"2 of grinder held","stock":"grinder","namespace":"shop"}\n'
    assert.equal(text(), want)
  })

  it('gives a child its fields, which those of a call override', () => {
    const { logger: subject, json } = logger()
    const child = subject.child({ component: 'relay', stock: 'a' }).child({ namespace: 'shop' })
    child.warn('one')
    child.warn('two', { stock: 'b' })
    assert.deepEqual(
      json().map(({ component, namespace, stock }) => [component, namespace, stock]),
      [
        ['relay', 'shop', 'a'],
        ['relay', 'shop', 'b'],
      ],
    )
  })

  it('does not let a field take the place of level, message or timestamp', () => {
    const { logger: subject, json } = logger()
    subject.error('real', { level: 'debug', message: 'fake', timestamp: 'never' })
    const [line] = json()
    assert.deepEqual(
      [line?.['level'], line?.['message'], line?.['timestamp']],
      ['error', 'real', '2026-11-22T10:00:01.234Z'],
    )
  })

  it('writes an error as type, message and stack, with its cause', () => {
    const { logger: subject, json } = logger()
    subject.error('failed', { error: new TypeError('boom', { cause: new Error('inner') }) })
    const error = json()[0]?.['error'] as { type: string; message: string; stack: string; cause: { message: string } }
    assert.deepEqual([error.type, error.message, error.cause.message], ['TypeError', 'boom', 'inner'])
    assert.match(error.stack, /^TypeError: boom\n\s+at /)
  })

  it('writes whatever was thrown', () => {
    const { logger: subject, json } = logger()
    for (const error of ['text', null, 7n, { code: 1 }]) subject.error('failed', { error })
    assert.equal(json().length, 4)
  })

  it('blots out secrets by name at any depth and credentials in texts', () => {
    const { logger: subject, text } = logger()
    subject.info('sent Authorization: Bearer abcdef123456', {
      password: 'hush',
      kafka: {
        sasl: { username: 'ana', passwordFile: '/run/password', password: 'hush' },
        items: [{ apiToken: 'hush' }],
      },
      headers: { Authorization: 'hush', cookie: 'hush' },
      error: new Error('401 for Basic YW5hOmh1c2g='),
    })
    for (const secret of ['hush', 'abcdef123456', 'YW5hOmh1c2g=']) assert.ok(!text().includes(secret), secret)
    assert.ok(text().includes('/run/password') && text().includes('"username":"ana"'))
  })

  it('survives values that JSON cannot hold', () => {
    const { logger: subject, json } = logger()
    const circle: Record<string, unknown> = { big: 2n ** 60n, when: new Date(Number.NaN) }
    circle['self'] = circle
    subject.info('odd', { circle, map: new Map() })
    assert.equal(json().length, 1)
  })

  it('writes nothing below its level and says so beforehand', () => {
    const { logger: subject, text } = logger({ level: 'warn' })
    subject.debug('no')
    subject.info('no')
    assert.equal(text(), '')
    assert.deepEqual(
      [subject.enabled('info'), subject.enabled('warn'), subject.child({}).enabled('debug')],
      [false, true, false],
    )
  })

  it('writes text for people', () => {
    const { logger: subject, text } = logger({ format: 'text' })
    subject.warn('Kafka is away', { component: 'kafka', topic: 'audit', note: 'two words' })
    assert.equal(text(), '10:00:01.234 WARN  [kafka] Kafka is away topic=audit note="two words"\n')
  })

  it('drops lines rather than fill the memory when nobody reads, and tells how many', async () => {
    let release = () => {}
    const written: string[] = []
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk))
        if (release === open) done()
        else release = done
      },
    })
    const open = () => {}
    const { logger: subject } = logger({ stream })
    for (let line = 0; line < 2_000; line += 1) subject.info('x'.repeat(10_000))
    assert.ok(stream.writableLength < 10 * 1024 * 1024)
    const first = release
    release = open
    const drained = new Promise((resolve) => stream.once('drain', resolve))
    first()
    await drained
    subject.info('after')
    await new Promise((resolve) => stream.end(resolve))
    const dropped = (JSON.parse(written.at(-1) ?? '{}') as { droppedLines?: number }).droppedLines ?? 0
    assert.equal(dropped + written.length - 1, 2_000)
  })
})
