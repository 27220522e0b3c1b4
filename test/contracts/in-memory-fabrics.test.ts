import { inMemoryFabrics } from '../fakes/in-memory-fabrics.ts'
import { fabricsContract } from './fabrics.contract.ts'

fabricsContract('inMemoryFabrics', async () => [inMemoryFabrics()])
