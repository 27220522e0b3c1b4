/** Writes milliseconds since 1970 as ISO 8601. */
export type TimeText = (ms: number) => string

const REMEMBERED = 8

/** Remembers the last few: the entries of a batch share their times, and a date costs more than all else of an entry. */
export function timeTexts(): TimeText {
  const texts = new Map<number, string>()
  return (ms) => {
    const known = texts.get(ms)
    if (known !== undefined) return known
    if (texts.size === REMEMBERED) texts.clear()
    const text = new Date(ms).toISOString()
    texts.set(ms, text)
    return text
  }
}
