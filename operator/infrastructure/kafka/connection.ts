import { readFileSync } from 'node:fs'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ISocketFactory, Kafka, type RetryOptions } from 'kafkajs'
import type { Logger } from '../../application/logger.ts'
import { readEveryCodec } from './codecs.ts'
import { stopIdleTimer } from './idle-timer.ts'
import { kafkaLogLevel, kafkaLogs } from './library-logs.ts'
import { type KafkaLogin, saslOf } from './login.ts'

/** How to reach a cluster. Files are read again for each new connection, so that rotated ones need no restart. */
export interface KafkaConnection {
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Present: TLS, against public authorities, as Node has them, when no `caFile` is given. */
  readonly ssl?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  readonly sasl?: KafkaLogin
}

export interface KafkaClient {
  readonly kafka: Kafka
  /** Cuts every connection now and lets no new one start: nothing sent through this client can arrive any more. */
  sever(): void
}

export interface ClientLimits {
  readonly requestTimeoutMs: number
  readonly retry: RetryOptions
}

const KEEP_ALIVE_MS = 60_000
const CONNECT_TIMEOUT_MS = 3_000

function tlsFiles(ssl: NonNullable<KafkaConnection['ssl']>) {
  return {
    ...(ssl.caFile === undefined ? {} : { ca: readFileSync(ssl.caFile) }),
    ...(ssl.certFile === undefined ? {} : { cert: readFileSync(ssl.certFile) }),
    ...(ssl.keyFile === undefined ? {} : { key: readFileSync(ssl.keyFile) }),
  }
}

function open(connection: KafkaConnection, to: Parameters<ISocketFactory>[0]): Socket {
  const { host, port, onConnect } = to
  if (!connection.ssl) return connectPlain({ host, port }, onConnect)
  const name = isIP(host) ? {} : { servername: host }
  return connectTls({ host, port, ...name, ...tlsFiles(connection.ssl) }, onConnect)
}

/** A client that has not connected yet. */
export function kafkaClient(connection: KafkaConnection, limits: ClientLimits, logger: Logger): KafkaClient {
  stopIdleTimer()
  readEveryCodec()
  const sockets = new Set<Socket>()
  let severed = false
  const socketFactory: ISocketFactory = (to) => {
    if (severed) throw new Error('this client was given up')
    const socket = open(connection, to)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }
  const kafka = new Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    ...(connection.ssl ? { ssl: true } : {}),
    ...(connection.sasl ? { sasl: saslOf(connection.sasl) } : {}),
    socketFactory,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: limits.requestTimeoutMs,
    retry: limits.retry,
    logLevel: kafkaLogLevel(logger),
    logCreator: kafkaLogs(logger, () => severed),
  })
  return {
    kafka,
    sever() {
      severed = true
      for (const socket of sockets) socket.destroy(new Error('this client was given up'))
    },
  }
}
