import assert from 'node:assert/strict'
import type { MessageSchemas } from '../../operator/application/virtualization/message-schemas.ts'
import { contentFromAvro } from '../../operator/domain/virtualization/avro-message.ts'
import { creationRecord, messageSchema, written } from '../fixtures/avro-messages.ts'

export interface SchemaWorld {
  readonly schemas: MessageSchemas
  /** Takes a schema for a subject of its own, and gives its id. */
  register(schema: object): Promise<number>
}

/** What every source of schemas has to do. */
export function messageSchemasContract(name: string, world: () => SchemaWorld): void {
  describe(`MessageSchemas (${name})`, () => {
    const kindOf = async (value: Uint8Array) => (await world().schemas.read(value)).kind

    it('read what was written by a schema that a value names', async () => {
      const { schemas, register } = world()
      const id = await register(messageSchema)
      const read = await schemas.read(written(messageSchema, id, creationRecord('m-1')))
      assert.ok(read.kind === 'read', JSON.stringify(read))
      const found = contentFromAvro(read.record)
      assert.ok('content' in found, JSON.stringify(found))
      assert.equal(found.content['messageId'], 'm-1')
      assert.equal((await schemas.read(written(messageSchema, id, creationRecord('m-2')))).kind, 'read')
    })

    it('read what a later version has written, with a field that this one knows nothing of', async () => {
      const { schemas, register } = world()
      const note = { name: 'note', type: ['null', 'string'], default: null }
      const later = { ...messageSchema, fields: [...messageSchema.fields, note] }
      const id = await register(later)
      const read = await schemas.read(written(later, id, { ...creationRecord('m-3'), note: 'new' }))
      assert.ok(read.kind === 'read')
      assert.ok('content' in contentFromAvro(read.record))
    })

    it('know nothing of an id that nobody has registered', async () => {
      assert.equal(await kindOf(written(messageSchema, 987_654, creationRecord('m-1'))), 'unknown')
    })

    it('refuse what is not of its schema, names none, or is by none of a record', async () => {
      const { register } = world()
      const id = await register(messageSchema)
      const whole = written(messageSchema, id, creationRecord('m-1'))
      const texts = await register({ type: 'string' })
      for (const [what, value] of [
        ['JSON', Buffer.from('{"messageId":"m-1"}')],
        ['nothing', Buffer.alloc(0)],
        ['a head alone', whole.subarray(0, 5)],
        ['a part', whole.subarray(0, whole.length - 3)],
        ['too much', Buffer.concat([whole, Buffer.from('more')])],
        ['a text', written({ type: 'string' }, texts, 'text' as unknown as object)],
      ] as const)
        assert.equal(await kindOf(value), 'unreadable', what)
    })
  })
}
