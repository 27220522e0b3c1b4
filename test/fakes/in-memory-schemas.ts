import avro from 'avsc'
import type { MessageSchemas } from '../../operator/application/virtualization/message-schemas.ts'

export interface InMemorySchemas extends MessageSchemas {
  /** Takes a schema, and gives its id. */
  register(schema: object): number
}

/** A registry that knows what it is told. */
export function inMemorySchemas(): InMemorySchemas {
  const types: avro.Type[] = []
  return {
    register: (schema) => types.push(avro.Type.forSchema(schema as avro.Schema)),
    async read(value) {
      const bytes = Buffer.from(value)
      if (bytes.length < 5 || bytes[0] !== 0) return { kind: 'unreadable', reason: 'it has no id' }
      const id = bytes.readUInt32BE(1)
      const type = types[id - 1]
      if (!type) return { kind: 'unknown', reason: `there is no schema ${id}` }
      if (type.typeName !== 'record') return { kind: 'unreadable', reason: 'it is no record' }
      try {
        return { kind: 'read', record: type.fromBuffer(bytes.subarray(5)) }
      } catch (error) {
        return { kind: 'unreadable', reason: String(error) }
      }
    },
  }
}
