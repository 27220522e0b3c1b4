import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { badUsage, commandLine } from './command-line.ts'
import { registerSchema } from './schemas/register-schema.ts'
import { projectDirectory } from './testbed/places.ts'

const usage = `Tells a schema registry how messages that ask for resources are written in Avro.

  npm run schemas -- register --registry URL [flags]

  register                has the registry refuse what some reader or writer would not bear (FULL_TRANSITIVE), and then
                          gives it the schema; once more, it changes nothing

  --registry URL          where Confluent's API is; of Apicurio http://HOST:8080/apis/ccompat/v7
  --topic NAME            whose values they are; default: virtualization-requests
  --username NAME         who does it; the password is in $KBNT_REGISTRY_PASSWORD
  --file FILE             another schema than that of this version

Ends with 0 when it is registered, 1 when the registry refuses it, 2 when nothing could be done.
`
const SCHEMA = 'config/events/avro/virtualization-message.v2.2.avsc'

process.exit(await main())

async function main(): Promise<number> {
  const { positionals, values } = commandLine(usage, {
    allowPositionals: true,
    options: {
      registry: { type: 'string' },
      topic: { type: 'string', default: 'virtualization-requests' },
      username: { type: 'string' },
      file: { type: 'string', default: join(projectDirectory, SCHEMA) },
    },
  })
  if (positionals.join(' ') !== 'register') return badUsage(usage, `"${positionals.join(' ')}" is not register`)
  if (values.registry === undefined || !URL.canParse(values.registry))
    return badUsage(usage, '--registry is missing, or is no URL: where is it?')
  const { username, topic } = values
  const password = process.env['KBNT_REGISTRY_PASSWORD'] ?? ''
  const registered = await registerSchema({
    ...{ registry: values.registry, subject: `${topic}-value`, schema: await readFile(values.file, 'utf8') },
    ...(username !== undefined && { login: { username, password } }),
  })
  switch (registered.kind) {
    case 'registered':
      process.stdout.write(`${topic}-value: FULL_TRANSITIVE, its schema has the id ${registered.id}\n`)
      return 0
    case 'refused':
      process.stderr.write(`schemas: the registry refuses it: ${registered.reason}\n`)
      return 1
    case 'away':
      process.stderr.write(`schemas: ${values.registry} could not be asked: ${registered.reason}\n`)
      return 2
  }
}
