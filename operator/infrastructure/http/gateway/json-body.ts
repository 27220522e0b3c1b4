import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { Problem } from '../../../application/gateway/answer.ts'
import { cut } from './schema-checks.ts'

export const MOST_BODY_BYTES = 64 * 1024
const DEEPEST = 32

/**
 * What is read and thrown away of a body that is too large: a client that is still sending when its connection is closed
 * doesn't see the answer.
 */
const MOST_THROWN_AWAY = 1024 * 1024

const jsonType = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i
const badKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Reads all of a body. Throws a Problem for more than so many bytes, and for one that ends before its time. */
export function wholeBody(payload: Readable, mostBytes = MOST_BODY_BYTES): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const tooLarge = () => new Problem('TooLarge', { detail: `A body has at most ${mostBytes} bytes here.` })
    const cutOff = () => {
      if (!payload.readableEnded) reject(invalidBody('it ended before all of it was there')) // making an error costs, and each payload closes
    }
    payload.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= mostBytes) chunks.push(chunk)
      else chunks.length = 0
      if (bytes <= mostBytes + MOST_THROWN_AWAY) return
      payload.pause()
      reject(tooLarge())
    })
    payload.once('end', () => (bytes > mostBytes ? reject(tooLarge()) : resolve(Buffer.concat(chunks, bytes))))
    payload.once('error', cutOff)
    payload.once('close', cutOff)
  })
}

/** Whether a request brings a body along, as its headers have it. */
export function bringsBody({ 'content-length': length, 'transfer-encoding': encoding }: IncomingHttpHeaders): boolean {
  return encoding !== undefined || (length !== undefined && Number(length) !== 0)
}

/**
 * The value that a body stands for; undefined where there is none. Of a key that is there twice the last counts, as
 * JSON.parse has it. Throws a Problem for anything but JSON in UTF-8.
 */
export function jsonOf(bytes: Buffer | undefined, headers: IncomingHttpHeaders): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers
  if (encoding.toLowerCase() !== 'identity') {
    throw new Problem('UnsupportedMediaType', { detail: `Bodies are sent as they are, not as ${cut(encoding)}.` })
  }
  if (!jsonType.test(type)) {
    const given = type === '' ? 'without a content-type' : `as ${cut(type)}`
    throw new Problem('UnsupportedMediaType', { detail: `The body came ${given}; send it as application/json.` })
  }
  if (!isUtf8(bytes)) throw invalidBody('it is not UTF-8')
  const value = parsed(bytes.toString('utf8'))
  const fault = faultIn(value)
  if (fault !== undefined) throw invalidBody(fault)
  return value
}

/** For an operation that takes no body: some clients can't send none. */
export function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}

/** The problem of a body that can't even be judged by its schema. */
export function invalidBody(detail: string): Problem {
  return new Problem('Invalid', { detail: `The body can't be read: ${detail}`, errors: [{ pointer: '', detail }] })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The engine's own sentence would send back what was given.
    const position = /at position ([0-9]+)/.exec((error as Error).message)?.[1]
    throw invalidBody(
      `it is not JSON${position === undefined ? '' : `; it goes wrong at character ${Number(position) + 1}`}`,
    )
  }
}

/** What no operation wants to meet in a value, whatever its schema allows. */
function faultIn(root: unknown): string | undefined {
  let level: readonly unknown[] = [root]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return `it is nested more than ${DEEPEST} levels deep`
    for (const value of level) {
      const fault = ownFault(value)
      if (fault !== undefined) return fault
    }
    level = level.flatMap(itemsOf)
  }
  return undefined
}

function itemsOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

function ownFault(value: unknown): string | undefined {
  if (typeof value === 'string' && !value.isWellFormed()) return 'it has half of a surrogate pair in a text'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const key = Object.keys(value).find(isBadKey)
  return key === undefined ? undefined : `it has a key that is never allowed: ${cut(JSON.stringify(key))}`
}

function isBadKey(key: string): boolean {
  return badKeys.has(key) || !key.isWellFormed()
}
