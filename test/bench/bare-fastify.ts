import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fastify } from 'fastify'
import { wholeOperation } from './whole-schemas.ts'

/*
 * What the gateway is measured against: Fastify that answers one constant to one operation (the first argument), after the
 * same checks of the same parameters and the same body, and does nothing else. It takes the text to answer on one line of
 * stdin, writes its port, answers /cpu-seconds with the processor time that it has used, and ends with its stdin.
 */
const [operationId = 'getStock'] = process.argv.slice(2)
const lines = createInterface(process.stdin)
const [text = ''] = (await once(lines, 'line')) as string[]
lines.once('close', () => process.exit())
const { method, path, schema } = wholeOperation(operationId)
const app = fastify()
app.route({
  ...{ method, url: path, schema },
  handler: (_request, reply) => reply.header('content-type', 'application/json; charset=utf-8').send(text),
})
app.get('/cpu-seconds', () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })
console.log(url)
