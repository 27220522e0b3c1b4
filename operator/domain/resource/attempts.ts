import { durationText } from '../duration.ts'

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 300_000

export interface Attempt {
  readonly tries: number
  /** Time, ISO 8601; absent after the last try. */
  readonly nextTryAt?: string
  readonly message: string
}

/** How long to wait after so many refusals in a row; the longest wait where nobody knows how many there were. */
export function retryDelayMs(tries = Infinity): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (tries - 1))
}

/** What comes of one more refusal: another try after 1 s, 2 s, 4 s … 5 min, or none. */
export function attemptAfter(
  triesBefore: number,
  { words, at, maxTries }: { readonly words: string; readonly at: string; readonly maxTries: number },
): Attempt {
  const tries = triesBefore + 1
  if (tries >= maxTries) return { tries, message: `its provider refused it ${tries} times, at last with: ${words}` }
  const delayMs = retryDelayMs(tries)
  const message = `try ${tries} of ${maxTries} was refused: ${words}; the next one in ${durationText(delayMs)}`
  return { tries, nextTryAt: new Date(Date.parse(at) + delayMs).toISOString(), message }
}
