/** A UUID with a number that people can read, the same in every run. */
export function numberedUid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}
