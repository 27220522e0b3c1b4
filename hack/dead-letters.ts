import { isUtf8 } from 'node:buffer'
import { askedSettings } from './asked-settings.ts'
import { badUsage, commandLine } from './command-line.ts'
import { isSentBack, lineOf, matches } from './dead-letters/letter.ts'
import { type LetterBox, type Letters, type LetterWithBytes, letterBox } from './dead-letters/letter-box.ts'
import { redrive } from './dead-letters/redrive.ts'
import { quiet } from './quiet-logger.ts'

const usage = `Shows what flows could not handle, and sends it back to where it was first.

  npm run dead-letters -- list|show|redrive --topic NAME [flags]

  list                         a line for each letter: where it lies, since when, its key, where it was first, and why
  show                         each with its headers and its value
  redrive                      sends back what fits, once however often it is asked for; a message three times at most

  --topic NAME                 the dead-letter topic, such as stock-alerts-dead-letter
  --match TEXT                 only letters that have this in their place, key or headers (as name=value), such as
                               kbnt_error=AlertRefused, or shop/grinder
  --config FILE                settings: how to reach Kafka
  --kafka-brokers HOST:PORT,…  Kafka without them; default: $KBNT_KAFKA_BROKERS

Ends with 0 when all is done, 1 when some letter was refused, 2 when nothing could be done.
`

const commands = { list, show, redrive: sendBack }
const isCommand = (text: string): text is keyof typeof commands => Object.hasOwn(commands, text)

// not exitCode: whatever still waits for a broker that is away must not keep us
process.exit(await main())

async function main(): Promise<number> {
  const { positionals, values } = commandLine(usage, {
    allowPositionals: true,
    options: {
      topic: { type: 'string' },
      match: { type: 'string', default: '' },
      config: { type: 'string' },
      'kafka-brokers': { type: 'string' },
    },
  })
  const [command = '', ...more] = positionals
  if (!isCommand(command) || more.length > 0)
    return badUsage(usage, `say what to do: list, show or redrive, not "${positionals.join(' ')}"`)
  if (values.topic === undefined) return badUsage(usage, '--topic is missing: which dead-letter topic?')
  const box = letterBox(connectionOf(values.config, values['kafka-brokers']), values.topic, quiet)
  try {
    return await commands[command](box, values.match)
  } catch (error) {
    process.stderr.write(`dead-letters: ${error instanceof Error ? error.message : error}\n`)
    return 2
  } finally {
    await box.close()
  }
}

function connectionOf(config: string | undefined, brokers: string | undefined) {
  const { kafka } = askedSettings(config, brokers)
  return kafka ?? badUsage(usage, 'which Kafka? --kafka-brokers or --config says it')
}

async function list(box: LetterBox, match: string): Promise<number> {
  const { letters, marks } = await lettersIn(box, match)
  for (const letter of letters) say(lineOf(letter, marks))
  const sent = letters.filter((letter) => isSentBack(letter, marks)).length
  const split = sent > 0 ? `: ${letters.length - sent} dead, ${sent} sent back` : ''
  say(`${letters.length} ${letters.length === 1 ? 'letter' : 'letters'}${split}`)
  return 0
}

async function show(box: LetterBox, match: string): Promise<number> {
  const { letters, marks } = await lettersIn(box, match)
  for (const letter of letters) {
    say(lineOf(letter, marks))
    for (const [name, value] of Object.entries(letter.headers)) say(`  ${name}: ${value}`)
    say(`\n${valueText(letter)}\n`)
  }
  return 0
}

async function sendBack(box: LetterBox, match: string): Promise<number> {
  const { sent, refused, before } = await redrive(box, await lettersIn(box, match), say)
  if (sent > 0) say('what is still at fault comes back: list shows it in some seconds')
  say(`${sent} sent back, ${refused} refused, ${before} before`)
  return refused > 0 ? 1 : 0
}

/** Throws where the topic is none of dead letters: each of those says where it was first. */
async function lettersIn(box: LetterBox, match: string): Promise<Letters> {
  const found = await box.read((letter) => matches(letter, match))
  if (found.letters.length > 0 && found.letters.every(({ journey }) => journey === undefined))
    throw new Error(
      'none of these messages says where it was first: this is no topic of dead letters; those of flows end with -dead-letter',
    )
  if (found.letters.length === 0 && match !== '') say(`nothing there has ${match} in its place, key or headers`)
  return found
}

function valueText({ raw: { value } }: LetterWithBytes): string {
  if (value === null) return '(no value)'
  return isUtf8(value) ? value.toString() : `(no text; base64) ${value.toString('base64')}`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
