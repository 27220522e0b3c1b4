import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fastify } from 'fastify'
import { wholeSchemasOf } from './whole-schemas.ts'

/*
 * What the gateway's reads are measured against: Fastify that answers one constant, after the same checks of the same
 * parameters, and does nothing else. It takes the text to answer on one line of stdin, writes its port, and answers
 * /cpu-seconds with the processor time that it has used.
 */
const [text = ''] = (await once(createInterface(process.stdin), 'line')) as string[]
const app = fastify()
app.get('/api/v1/virtual-stock/stocks/:stockId', { schema: wholeSchemasOf('getStock') }, (_request, reply) =>
  reply.header('content-type', 'application/json; charset=utf-8').send(text),
)
app.get('/cpu-seconds', () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })
console.log(url)
