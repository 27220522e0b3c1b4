/** Where a message lies. */
export interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** As people and logs name it: `critical-stock-events/2/1041`. */
export function placeText({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}/${offset}`
}

/** Undefined for what `placeText` never says. */
export function placeOf(text: string): Place | undefined {
  const [, topic, partition, offset] = /^([a-zA-Z0-9._-]+)\/([0-9]{1,9})\/([0-9]{1,19})$/.exec(text) ?? []
  if (topic === undefined || partition === undefined || offset === undefined) return undefined
  return { topic, partition: Number(partition), offset: BigInt(offset) }
}

/** Messages of one key come in this order, as they lie in one partition; between topics there is none, and names decide. */
export function comesBefore(one: Place, other: Place): boolean {
  if (one.topic !== other.topic) return one.topic < other.topic
  if (one.partition !== other.partition) return one.partition < other.partition
  return one.offset < other.offset
}
