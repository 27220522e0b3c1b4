/** Writes and reads times: milliseconds since 1970 and ISO 8601. */
export interface Times {
  textOf(ms: number): string
  /** NaN for what is no time. */
  msOf(text: string): number
}

const REMEMBERED = 8

/** Remembers the last few: the entries of a batch share their times, and a date costs more than all else of an entry. */
export function rememberedTimes(): Times {
  const texts = new Map<number, string>()
  const times = new Map<string, number>()
  function remember(ms: number, text: string): void {
    if (texts.size === REMEMBERED) {
      texts.clear()
      times.clear()
    }
    texts.set(ms, text)
    times.set(text, ms)
  }
  return {
    textOf(ms) {
      const known = texts.get(ms)
      if (known !== undefined) return known
      const text = new Date(ms).toISOString()
      remember(ms, text)
      return text
    },
    msOf: (text) => times.get(text) ?? Date.parse(text),
  }
}
