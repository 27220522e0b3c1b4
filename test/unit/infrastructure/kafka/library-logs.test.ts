import assert from 'node:assert/strict'
import { type LogEntry, logLevel } from 'kafkajs'
import type { Logger } from '../../../../operator/application/logger.ts'
import { kafkaLogLevel, kafkaLogs } from '../../../../operator/infrastructure/kafka/library-logs.ts'

function recorder(debug: boolean): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const keep = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  const logger: Logger = {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    child: () => logger,
    enabled: (level) => level !== 'debug' || debug,
  }
  return { logger, lines }
}

function entry(namespace: string, level: logLevel): LogEntry {
  return { namespace, level, label: '', log: { timestamp: '', message: `from ${namespace}`, logger: 'kafkajs' } }
}

describe('kafkaLogs', () => {
  it('keeps refused connections to debug and other trouble to warnings', () => {
    const { logger, lines } = recorder(true)
    const write = kafkaLogs(logger, () => false)()
    write(entry('Connection', logLevel.ERROR))
    write(entry('Runner', logLevel.ERROR))
    write(entry('Runner', logLevel.INFO))
    assert.deepEqual(lines, ['debug from Connection', 'warn from Runner', 'debug from Runner'])
  })

  it('is silent about a client that was given up', () => {
    const { logger, lines } = recorder(true)
    kafkaLogs(logger, () => true)()(entry('Runner', logLevel.ERROR))
    assert.deepEqual(lines, [])
  })

  it('asks the library for debug lines only when they are written', () => {
    assert.equal(kafkaLogLevel(recorder(true).logger), logLevel.DEBUG)
    assert.equal(kafkaLogLevel(recorder(false).logger), logLevel.WARN)
  })
})
