import { SparseMap } from '../sparse-map.ts'

/** Whose limits each reservation counts against, and how many units each consumer has of one stock. */
export class ConsumerCounts {
  readonly #units = new SparseMap<string, number>()
  readonly #consumerOf = new SparseMap<string, string>()

  unitsOf(consumer: string): number {
    return this.#units.get(consumer) ?? 0
  }

  isKnown(uid: string): boolean {
    return this.#consumerOf.has(uid)
  }

  /** Says whose a reservation is that has so many units already. */
  name(uid: string, consumer: string, units: number): void {
    this.#consumerOf.set(uid, consumer)
    this.#add(consumer, units)
  }

  forget(uid: string): void {
    this.#consumerOf.delete(uid)
  }

  /** A reservation has so many more units, or fewer. */
  move(uid: string, units: number): void {
    const consumer = this.#consumerOf.get(uid)
    if (consumer !== undefined) this.#add(consumer, units)
  }

  /** What a consumer has in all, whatever was counted. */
  set(consumer: string, units: number): void {
    if (units > 0) this.#units.set(consumer, units)
    else this.#units.delete(consumer)
  }

  #add(consumer: string, units: number): void {
    if (units !== 0) this.set(consumer, this.unitsOf(consumer) + units)
  }
}
