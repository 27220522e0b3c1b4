/** ISO 8601, or the number itself where that is no time that ISO 8601 can tell: others write such into their records. */
export function timeText(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString()
}
