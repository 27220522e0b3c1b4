import { randomUUID } from 'node:crypto'
import type { BridgeConsumer } from './bridge-consumer.ts'
import { BridgeError, noSuchConsumer, overloaded } from './bridge-error.ts'
import type { ConsumerWishes } from './consumer-wishes.ts'

/** All consumers of a bridge, by group and name. */
export interface ConsumerDesk {
  /** Answers its name. Throws 409 where it is taken, 503 where there are too many. */
  create(group: string, name: string | undefined, wishes: ConsumerWishes): string
  /** Counts as use of it. Throws 404. */
  find(group: string, name: string): BridgeConsumer
  /** It is gone at once for everybody else. Throws 404. */
  delete(group: string, name: string): Promise<void>
  /** Ends those that nobody has used for too long. */
  endUnused(): Promise<void>
  close(): Promise<void>
}

export interface ConsumerDeskParts {
  readonly make: (groupId: string, wishes: ConsumerWishes) => BridgeConsumer
  readonly mostConsumers: number
  readonly unusedMs: number
  readonly now: () => number
}

interface Entry {
  readonly consumer: BridgeConsumer
  usedMs: number
}

export function consumerDesk({ make, mostConsumers, unusedMs, now }: ConsumerDeskParts): ConsumerDesk {
  const entries = new Map<string, Entry>()
  const keyOf = (group: string, name: string) => JSON.stringify([group, name])

  async function end(keys: readonly string[]): Promise<void> {
    const ending = keys.map((key) => entries.get(key)?.consumer)
    for (const key of keys) entries.delete(key)
    await Promise.all(ending.map((consumer) => consumer?.close()))
  }

  return {
    create(group, given, wishes) {
      const name = given ?? `kafka-bridge-consumer-${randomUUID()}`
      const key = keyOf(group, name)
      if (entries.has(key))
        throw new BridgeError(409, 'A consumer instance with the specified name already exists in the HTTP Bridge.')
      if (entries.size >= mostConsumers)
        throw overloaded(`there are ${entries.size} consumers, and no more are made here; delete one`)
      entries.set(key, { consumer: make(group, wishes), usedMs: now() })
      return name
    },
    find(group, name) {
      const entry = entries.get(keyOf(group, name))
      if (!entry) throw noSuchConsumer()
      entry.usedMs = now()
      return entry.consumer
    },
    async delete(group, name) {
      const key = keyOf(group, name)
      if (!entries.has(key)) throw noSuchConsumer()
      await end([key])
    },
    endUnused: () => end([...entries].filter(([, { usedMs }]) => usedMs + unusedMs < now()).map(([key]) => key)),
    close: () => end([...entries.keys()]),
  }
}
