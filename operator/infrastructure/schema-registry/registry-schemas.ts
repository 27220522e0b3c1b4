import { readFileSync } from 'node:fs'
import type { Schema } from 'avsc'
import { Agent, request } from 'undici'
import type { MessageSchemas, ReadValue } from '../../application/virtualization/message-schemas.ts'
import { renewedTrust } from '../remote-api/renewed-trust.ts'
import { boundedReading } from './bounded-reading.ts'

export interface RegistrySettings {
  /** Where Confluent's API is; of Apicurio with /apis/ccompat/v7. */
  readonly url: string
  /** Read again for each connection. Absent: public authorities. */
  readonly caFile?: string
  readonly username?: string
  /** Read again for each question. */
  readonly passwordFile?: string
}

export interface RegistrySchemas extends MessageSchemas {
  close(): Promise<void>
}

/** Of a registry's wire format: a zero byte, and an id of four. */
const HEAD_BYTES = 5
const ANSWER_MS = 5_000
const MOST_BYTES = 1024 * 1024
const MOST_SHOWN = 200
/** As registries count them. */
const LAST_ID = 2 ** 31 - 1
/** The one that was asked for longest ago is asked for again. */
const MOST_KNOWN = 100

/** How values of a schema are read. */
type Reading = (bytes: Buffer) => unknown
/** Why a value can't be read by what its id stands for. */
type NoType = Exclude<ReadValue, { readonly kind: 'read' }>

/**
 * Reads values by the schemas of a registry that speaks Confluent's API. Each is asked for once, and never again: what an
 * id stands for does not change. Nothing else that a message says is fetched, and no redirection is followed.
 */
export function registrySchemas(settings: RegistrySettings): RegistrySchemas {
  const agent = new Agent({ connections: 2, connect: renewedTrust({ caFile: settings.caFile }, ANSWER_MS) })
  const known = new Map<number, Reading | NoType>()
  const asking = new Map<number, Promise<Reading | NoType>>()

  function readingOf(id: number): Promise<Reading | NoType> {
    const asked = asking.get(id) ?? ask(id).finally(() => asking.delete(id))
    asking.set(id, asked)
    return asked
  }

  /** What a schema is never changes, and neither does that it is none for us. */
  function keep(id: number, reading: Reading | NoType): Reading | NoType {
    if ('kind' in reading && reading.kind !== 'unreadable') return reading
    const [oldest] = known.keys()
    if (oldest !== undefined && known.size >= MOST_KNOWN) known.delete(oldest)
    known.set(id, reading)
    return reading
  }

  async function ask(id: number): Promise<Reading | NoType> {
    try {
      const { status, text } = await answerTo(settings, agent, id)
      if (status === 200) return keep(id, await readingIn(text, id))
      const said = `${status} ${text.slice(0, MOST_SHOWN)}`.trimEnd()
      return isOfId(status)
        ? { kind: 'unknown', reason: `the registry answers for schema ${id}: ${said}` }
        : away(`it answers ${said}`)
    } catch (error) {
      if (error instanceof TooLarge) return keep(id, unreadable(`schema ${id} ${error.message}`))
      return away((error as Error).message)
    }
  }

  return {
    async read(value) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      if (bytes.length < HEAD_BYTES || bytes[0] !== 0)
        return unreadable('it does not begin with a zero byte and the id of a schema, as a registry’s values do')
      const id = bytes.readUInt32BE(1)
      if (id > LAST_ID) return unreadable(`no registry has a schema ${id}`)
      const reading = known.get(id) ?? (await readingOf(id))
      return 'kind' in reading ? reading : recordIn(reading, bytes.subarray(HEAD_BYTES), id)
    },
    close: () => agent.destroy(),
  }
}

/** Whether an answer is about this id; others are about us, or say that the registry is not well. */
function isOfId(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 407, 408, 429].includes(status)
}

/** Its library is read only where a topic is Avro. */
async function readingIn(text: string, id: number): Promise<Reading | NoType> {
  const told = answerIn(text)
  if (!told) return away('what it answers is no JSON')
  if (typeof told.schema !== 'string')
    return { kind: 'unknown', reason: `what the registry answers for schema ${id} has none in it` }
  const { default: avro } = await import('avsc')
  try {
    if (told.schemaType !== undefined && told.schemaType !== 'AVRO') throw new Error(`it is ${told.schemaType}`)
    const { typeName, read } = boundedReading(avro, JSON.parse(told.schema) as Schema)
    return typeName === 'record' ? read : unreadable(`schema ${id} is not one of a record`)
  } catch (error) {
    return unreadable(`schema ${id} is none that can be read by: ${(error as Error).message.slice(0, MOST_SHOWN)}`)
  }
}

function answerIn(text: string): { readonly schema?: unknown; readonly schemaType?: unknown } | undefined {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined // a page of something on the way: whoever waits is told so
  }
}

function recordIn(reading: Reading, bytes: Buffer, id: number): ReadValue {
  try {
    return { kind: 'read', record: reading(bytes) }
  } catch (error) {
    return unreadable(`it is not of schema ${id}: ${(error as Error).message.slice(0, MOST_SHOWN)}`)
  }
}

function unreadable(reason: string): NoType {
  return { kind: 'unreadable', reason }
}

function away(reason: string): NoType {
  return { kind: 'away', reason: `the schema registry does not say what schema it has: ${reason}` }
}

class TooLarge extends Error {}

async function answerTo({ url, username, passwordFile }: RegistrySettings, agent: Agent, id: number) {
  const login = username !== undefined && passwordFile !== undefined && `${username}:${passwordIn(passwordFile)}`
  const { statusCode, body } = await request(`${url.replace(/\/+$/, '')}/schemas/ids/${id}`, {
    headers: {
      accept: 'application/vnd.schemaregistry.v1+json, application/json',
      ...(login && { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
    },
    dispatcher: agent,
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length
    if (bytes > MOST_BYTES) throw new TooLarge(`has more than ${MOST_BYTES} bytes`)
    chunks.push(chunk as Buffer)
  }
  return { status: statusCode, text: Buffer.concat(chunks).toString('utf8') }
}

function passwordIn(file: string): string {
  return readFileSync(file, 'utf8').trim()
}
