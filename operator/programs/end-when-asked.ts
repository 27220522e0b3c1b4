/** A program that goes on until somebody asks it to end. */
export interface Running {
  /** Finishes what is under way. False when something had to be left. */
  stop(): Promise<boolean>
  /** Says why and exits at once. */
  fatal(error: unknown): void
}

/** A second signal this soon is the first once more: it went to all processes of a group, and npm hands its own on. */
const SAME_SIGNAL_MS = 1_000

/** Ends the process by SIGTERM or SIGINT: gently within the grace, or at once when asked again. 0 = all was finished. */
export function endWhenAsked(running: Running, graceMs: number): void {
  let askedAt: number | undefined
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (askedAt === undefined) endInTime(running, graceMs)
      else if (performance.now() - askedAt > SAME_SIGNAL_MS) exitNow(running, new Error(`${signal} once more`))
      askedAt ??= performance.now()
    })
  }
}

function endInTime(running: Running, graceMs: number): void {
  setTimeout(() => exitNow(running, new Error(`did not end within ${graceMs} ms`)), graceMs).unref()
  running.stop().then(
    (clean) => process.exit(clean ? 0 : 1),
    (error) => exitNow(running, error),
  )
}

/** Also when the program takes nothing for fatal any more, because all its work has ended. */
function exitNow(running: Running, error: unknown): never {
  running.fatal(error)
  process.exit(1)
}
