import { placeText } from '../../operator/domain/flow/place.ts'
import { decideRedrive, type Redrive } from './letter.ts'
import type { LetterBox, Letters, LetterWithBytes } from './letter-box.ts'

/** What became of each letter. */
export interface Redriven {
  readonly lines: readonly string[]
  readonly sent: number
  readonly refused: number
}

type Going = Extract<Redrive, { kind: 'send' | 'look' }>

/**
 * Sends letters back to the partitions that they were in first, oldest first. Each is marked in the dead-letter topic
 * before and after, so that a second run sends none twice, also when the first one died in between: what is marked only
 * as about to be sent is looked for where it would be. Two runs at the same moment don't know of each other.
 */
export async function redrive(box: LetterBox, { letters, marks }: Letters): Promise<Redriven> {
  const decided = letters.map((letter) => ({ letter, redrive: decideRedrive(letter, marks) }))
  const doubtful = decided.flatMap(({ letter, redrive: { kind }, redrive: going }) =>
    kind === 'look' ? [{ from: placeText(letter), to: (going as Going).to.topic }] : [],
  )
  const topics = [...new Set(doubtful.map(({ to }) => to))]
  const arrived =
    topics.length === 0 ? new Set<string>() : await box.foundIn(topics, new Set(doubtful.map(({ from }) => from)))
  const lines: string[] = []
  let sent = 0
  let refused = 0
  for (const { letter, redrive: going } of decided) {
    const place = placeText(letter)
    if (going.kind === 'refused') {
      refused += 1
      lines.push(`${place}  refused: ${going.why}`)
    } else if (going.kind === 'sent already') lines.push(`${place}  was sent back already`)
    else if (arrived.has(place)) {
      await box.mark(letter, 'sent')
      lines.push(`${place}  was sent back already`)
    } else {
      await send(box, letter, going)
      sent += 1
      lines.push(
        `${place}  sent back to ${going.to.topic}/${going.to.partition}, for the ${ordinals[going.redriven]} time`,
      )
    }
  }
  return { lines, sent, refused }
}

const ordinals: Readonly<Record<number, string>> = { 1: 'first', 2: 'second', 3: 'third' }

async function send(box: LetterBox, letter: LetterWithBytes, { kind, to, redriven }: Going): Promise<void> {
  if (kind === 'send') await box.mark(letter, 'sending')
  await box.sendBack(letter, to, redriven)
  await box.mark(letter, 'sent')
}
