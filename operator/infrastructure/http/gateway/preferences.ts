/** What of the header Prefer (RFC 7240) counts here. */
export interface Preferences {
  readonly waitMs: number
  /** For the header Preference-Applied; absent where nothing was preferred. */
  readonly applied?: string
}

const DEFAULT_WAIT_SECONDS = 10
const LONGEST_WAIT_SECONDS = 60
const unspoken: Preferences = { waitMs: DEFAULT_WAIT_SECONDS * 1_000 }

/** Commas part preferences, but not inside of quotes. */
const onePreference = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g

/**
 * Reads `wait=SECONDS`, the first one where there are several; others are ignored, as that RFC wants it. More than 60
 * seconds are 60. Undefined: it wants to wait, but for no whole number of seconds.
 */
export function preferencesOf(header: string | undefined): Preferences | undefined {
  if (header === undefined) return unspoken
  for (const [preference] of header.matchAll(onePreference)) {
    const [name = '', value = ''] = preference.split(';', 1)[0]?.split('=', 2) ?? []
    if (name.trim().toLowerCase() !== 'wait') continue
    const digits = /^(?:([0-9]{1,9})|"([0-9]{1,9})")$/.exec(value.trim())
    if (!digits) return undefined
    const seconds = Math.min(LONGEST_WAIT_SECONDS, Number(digits[1] ?? digits[2]))
    return { waitMs: seconds * 1_000, applied: `wait=${seconds}` }
  }
  return unspoken
}
