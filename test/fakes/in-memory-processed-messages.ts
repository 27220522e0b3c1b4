import type {
  ProcessedMessage,
  ProcessedMessages,
} from '../../operator/application/virtualization/processed-messages.ts'

export interface InMemoryProcessedMessages extends ProcessedMessages {
  readonly rows: ReadonlyMap<string, ProcessedMessage>
  /** Names that were asked for, trip by trip. */
  readonly trips: readonly (readonly string[])[]
  /** What every call throws from now on; undefined = none does. */
  fail(error: Error | undefined): void
}

/** Shared by all members of one process. `now`: milliseconds of the clock that it goes by. */
export function inMemoryProcessedMessages(now: () => number = () => performance.now()): InMemoryProcessedMessages {
  const rows = new Map<string, ProcessedMessage>()
  const since = new Map<string, number>()
  const trips: (readonly string[])[] = []
  let failure: Error | undefined
  const unlessAway = () => {
    if (failure) throw failure
  }
  return {
    rows,
    trips,
    fail(error) {
      failure = error
    },
    async find(names) {
      trips.push(names)
      unlessAway()
      return new Map(names.flatMap((name) => rows.get(name) ?? []).map((row) => [row.name, pick(row)]))
    },
    async remember(messages) {
      unlessAway()
      for (const message of messages) {
        if (rows.get(message.name)?.requestUid === message.requestUid) continue
        rows.set(message.name, message)
        since.set(message.name, now())
      }
    },
    async forget(keptMs) {
      unlessAway()
      const old = [...since].filter(([, at]) => at < now() - keptMs).map(([name]) => name)
      for (const name of old) {
        rows.delete(name)
        since.delete(name)
      }
      return old.length
    },
  }
}

function pick({ digest, outcome }: ProcessedMessage) {
  return { digest, outcome }
}
