/** An offset in a partition, as it is committed: that of the next record. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}

/** How far a consumer has read, of what it has read since it was given its partitions. */
export interface Positions {
  /** Of the record that was read last. */
  readTo(topic: string, partition: number, offset: string): void
  all(): readonly Position[]
  /** Its partitions may be another's now, who has gone on from what was committed. */
  forget(): void
}

export function positions(): Positions {
  const known = new Map<string, Position>()
  return {
    readTo(topic, partition, offset) {
      known.set(`${topic}/${partition}`, { topic, partition, offset: String(BigInt(offset) + 1n) })
    },
    all: () => [...known.values()],
    forget: () => known.clear(),
  }
}
