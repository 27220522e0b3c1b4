import { placeText } from '../../operator/domain/flow/place.ts'
import { decideRedrive, type Redrive } from './letter.ts'
import type { LetterBox, Letters, LetterWithBytes } from './letter-box.ts'

/** How many letters came to what. */
export interface Redriven {
  readonly sent: number
  readonly refused: number
  readonly before: number
}

type Going = Extract<Redrive, { kind: 'send' | 'look' }>
type Outcome = { readonly kind: keyof Redriven; readonly line: string }

/**
 * Sends letters back to the partitions that they were in first, oldest first, and says of each what became of it. Each
 * is marked in the dead-letter topic before and after, so that a second run sends none twice, also when the first one
 * died in between: what is marked only as about to be sent is looked for where it would be. One that can't go back, as
 * its topic is gone, keeps no other from it. Two runs at the same moment don't know of each other. Throws when the
 * dead-letter topic takes no marks.
 */
export async function redrive(
  box: LetterBox,
  { letters, marks }: Letters,
  say: (line: string) => void,
): Promise<Redriven> {
  const decided = letters.map((letter) => ({ letter, going: decideRedrive(letter, marks) }))
  const arrived = await arrivedIn(box, decided)
  const counts = { sent: 0, refused: 0, before: 0 }
  for (const { letter, going } of decided) {
    const { kind, line } = await outcomeOf(box, letter, { going, arrived })
    counts[kind] += 1
    say(`${placeText(letter)}  ${line}`)
  }
  return counts
}

type Arrived = ReadonlyMap<string, ReadonlySet<string> | Error>
interface Decided {
  readonly letter: LetterWithBytes
  readonly going: Redrive
}

/** By topic: which letters have come back to it, or why nobody can tell. */
async function arrivedIn(box: LetterBox, decided: readonly Decided[]): Promise<Arrived> {
  const doubtful = decided.flatMap(({ letter, going }) =>
    going.kind === 'look' ? [{ from: placeText(letter), to: going.to.topic }] : [],
  )
  const places = new Set(doubtful.map(({ from }) => from))
  const arrived = new Map<string, ReadonlySet<string> | Error>()
  for (const topic of new Set(doubtful.map(({ to }) => to)))
    arrived.set(topic, await box.foundIn([topic], places).catch(errorOf))
  return arrived
}

const ordinals: Readonly<Record<number, string>> = { 1: 'first', 2: 'second', 3: 'third' }

async function outcomeOf(
  box: LetterBox,
  letter: LetterWithBytes,
  { going, arrived }: { readonly going: Redrive; readonly arrived: Arrived },
): Promise<Outcome> {
  if (going.kind === 'refused') return { kind: 'refused', line: `refused: ${going.why}` }
  if (going.kind === 'sent already') return { kind: 'before', line: 'was sent back already' }
  const there = going.kind === 'look' ? arrived.get(going.to.topic) : undefined
  if (there instanceof Error)
    return { kind: 'refused', line: `refused: whether it has arrived can't be told: ${there.message}` }
  if (there?.has(placeText(letter))) {
    await box.mark(letter, 'sent')
    return { kind: 'before', line: 'was sent back already' }
  }
  return send(box, letter, going)
}

async function send(box: LetterBox, letter: LetterWithBytes, { kind, to, redriven }: Going): Promise<Outcome> {
  if (kind === 'send') await box.mark(letter, 'sending')
  const failed = await box.sendBack(letter, to, redriven).then(() => undefined, errorOf)
  const where = `${to.topic}/${to.partition}`
  if (failed) return { kind: 'refused', line: `refused: it can't be sent back to ${where}: ${failed.message}` }
  await box.mark(letter, 'sent')
  return { kind: 'sent', line: `sent back to ${where}, for the ${ordinals[redriven]} time` }
}

const errorOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
