const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const
const pattern = /^(?:[0-9]{1,6}(?:\.[0-9]{1,3})?(?:ms|s|m|h)){1,4}$/
const part = /([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g

/** Milliseconds of a duration such as `1h30m` or `1.5s`, rounded to whole ones; undefined when it isn't one. */
export function parseDurationMs(text: string): number | undefined {
  if (!pattern.test(text)) return undefined
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(part)) totalMs += Number(amount) * unitMs[unit as keyof typeof unitMs]
  return Math.round(totalMs)
}

/** A duration for people: `4m10s`, `3s`, `2h`; never more than two units, rounded up to whole seconds. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  const hours = Math.floor(seconds / 3_600)
  const minutes = Math.floor((seconds % 3_600) / 60)
  if (hours > 0) return minutes > 0 ? `${hours}h${minutes}m` : `${hours}h`
  if (minutes > 0) return seconds % 60 > 0 ? `${minutes}m${seconds % 60}s` : `${minutes}m`
  return `${seconds}s`
}
