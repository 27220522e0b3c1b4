import { BridgeError } from './bridge-error.ts'
import { type Format, formats } from './formats.ts'

/** What a consumer is created with, as the contract has it. */
export interface GivenConsumer {
  readonly name?: string
  readonly format?: string
  readonly 'auto.offset.reset'?: string
  readonly 'enable.auto.commit'?: boolean
  readonly 'fetch.min.bytes'?: number
  readonly 'consumer.request.timeout.ms'?: number
  readonly 'isolation.level'?: string
}

export interface ConsumerWishes {
  readonly format: Format
  /** Where it begins in a partition of which its group has committed nothing. */
  readonly fromBeginning: boolean
  readonly autoCommit: boolean
  readonly minBytes: number
  readonly requestTimeoutMs: number
  readonly readUncommitted: boolean
}

const MOST_MIN_BYTES = 1024 * 1024
const MOST_REQUEST_TIMEOUT_MS = 300_000

/** With Kafka's defaults. Throws 422 at what it may not be. */
export function consumerWishes(given: GivenConsumer): ConsumerWishes {
  const format = oneOf('format', given.format ?? 'binary', formats)
  const reset = oneOf('auto.offset.reset', given['auto.offset.reset'] ?? 'latest', ['earliest', 'latest'])
  const levels = ['read_uncommitted', 'read_committed'] as const
  const level = oneOf('isolation.level', given['isolation.level'] ?? 'read_uncommitted', levels)
  return {
    format,
    fromBeginning: reset === 'earliest',
    autoCommit: given['enable.auto.commit'] ?? true,
    minBytes: within('fetch.min.bytes', given['fetch.min.bytes'] ?? 1, MOST_MIN_BYTES),
    requestTimeoutMs: within(
      'consumer.request.timeout.ms',
      given['consumer.request.timeout.ms'] ?? 30_000,
      MOST_REQUEST_TIMEOUT_MS,
    ),
    readUncommitted: level === 'read_uncommitted',
  }
}

function oneOf<T extends string>(name: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === given)
  if (found === undefined)
    throw new BridgeError(422, `Invalid value ${given} for configuration ${name}: it is one of ${allowed.join(', ')}`)
  return found
}

function within(name: string, given: number, most: number): number {
  if (given < 1 || given > most)
    throw new BridgeError(422, `Invalid value ${given} for configuration ${name}: it is from 1 to ${most}`)
  return given
}
