import { inMemorySchemas } from '../fakes/in-memory-schemas.ts'
import { messageSchemasContract } from './message-schemas.contract.ts'

const schemas = inMemorySchemas()
messageSchemasContract('in memory', () => ({ schemas, register: async (schema) => schemas.register(schema) }))
