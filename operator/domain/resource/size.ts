const mebibytes = { Mi: 1, Gi: 1_024, Ti: 1_024 * 1_024 } as const

/** Whole GiB of a size such as `512Mi`, `8Gi` or `1Ti`, rounded up: the unit in which pools are counted. */
export function wholeGiB(size: string): number {
  const unit = size.slice(-2) as keyof typeof mebibytes
  return Math.ceil((Number(size.slice(0, -2)) * mebibytes[unit]) / mebibytes.Gi)
}

/** Whether it is above what is allowed, in whole GiB; an absent limit allows everything. */
export function isMore(size: string, max: string | undefined): boolean {
  return max !== undefined && wholeGiB(size) > wholeGiB(max)
}
