import { readFileSync } from 'node:fs'
import type { Schema, Type } from 'avsc'
import { Agent, buildConnector, request } from 'undici'
import type { MessageSchemas, ReadValue } from '../../application/virtualization/message-schemas.ts'

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

/** Why a value can't be read by what its id stands for. */
type NoType = Exclude<ReadValue, { readonly kind: 'read' }>

/**
 * Reads values by the schemas of a registry that speaks Confluent's API. Each is asked for once, and never again: what an
 * id stands for does not change. Nothing else that a message says is fetched, and no redirection is followed.
 */
export function registrySchemas(settings: RegistrySettings): RegistrySchemas {
  const agent = new Agent({ connections: 2, connect: connectorFor(settings.caFile) })
  /** As many as the registry has, and messages name. */
  const known = new Map<number, Type>()
  const asking = new Map<number, Promise<Type | NoType>>()

  function typeOf(id: number): Promise<Type | NoType> {
    const asked = asking.get(id) ?? ask(id).finally(() => asking.delete(id))
    asking.set(id, asked)
    return asked
  }

  async function ask(id: number): Promise<Type | NoType> {
    try {
      const { status, text } = await answerTo(settings, agent, id)
      if (status === 404) return { kind: 'unknown', reason: `the registry knows no schema ${id}` }
      if (status !== 200) return away(`it answers ${status} ${text.slice(0, MOST_SHOWN)}`.trimEnd())
      const type = await typeIn(text, id)
      if (!('kind' in type)) known.set(id, type)
      return type
    } catch (error) {
      return away((error as Error).message)
    }
  }

  return {
    async read(value) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      if (bytes.length < HEAD_BYTES || bytes[0] !== 0)
        return unreadable('it does not begin with a zero byte and the id of a schema, as a registry’s values do')
      const id = bytes.readUInt32BE(1)
      const type = known.get(id) ?? (await typeOf(id))
      return 'kind' in type ? type : recordIn(type, bytes.subarray(HEAD_BYTES), id)
    },
    close: () => agent.destroy(),
  }
}

/** Its library is read only where a topic is Avro. */
async function typeIn(text: string, id: number): Promise<Type | NoType> {
  const told = answerIn(text)
  if (typeof told?.schema !== 'string') return away('what it answers has no schema in it')
  const { default: avro } = await import('avsc')
  try {
    if (told.schemaType !== undefined && told.schemaType !== 'AVRO') throw new Error(`it is ${told.schemaType}`)
    const type = avro.Type.forSchema(JSON.parse(told.schema) as Schema)
    return type.typeName === 'record' ? type : unreadable(`schema ${id} is not one of a record`)
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

function recordIn(type: Type, bytes: Buffer, id: number): ReadValue {
  try {
    return { kind: 'read', record: type.fromBuffer(bytes) }
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
    if (bytes > MOST_BYTES) throw new Error(`what it answers is larger than ${MOST_BYTES} bytes`)
    chunks.push(chunk as Buffer)
  }
  return { status: statusCode, text: Buffer.concat(chunks).toString('utf8') }
}

function passwordIn(file: string): string {
  return readFileSync(file, 'utf8').trim()
}

/** What is trusted may change from one connection to the next: the kubelet renews the file. */
function connectorFor(caFile: string | undefined): buildConnector.connector {
  return (options, callback) => {
    try {
      const ca = caFile === undefined ? {} : { ca: readFileSync(caFile) }
      buildConnector({ timeout: ANSWER_MS, ...ca })(options, callback)
    } catch (error) {
      callback(error as Error, null)
    }
  }
}
