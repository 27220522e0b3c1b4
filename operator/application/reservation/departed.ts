import type { Reservation } from '../../domain/reservation/reservation.ts'

/** A reservation whose object is deleted, and which may still have something of its stocks. */
export interface Gone {
  readonly uid: string
  /** `namespace/name` of its home. */
  readonly homeKey: string
  /** The same of every stock that has something for it, where only the books remember. */
  readonly stockKeys?: readonly string[]
  /** Why it ends; absent = it was deleted. */
  readonly reason?: 'Undone'
  /** As last seen; absent when only the journals remember it. */
  readonly reservation?: Reservation
}

/** Deleted reservations by key, until their units are given back. */
export interface Departed {
  add(key: string, gone: Gone): void
  of(key: string): readonly Gone[]
  done(uid: string): void
  /** Of all of them. */
  uids(): Iterable<string>
  readonly size: number
}

export function departed(): Departed {
  const byKey = new Map<string, Map<string, Gone>>()
  const keys = new Map<string, string>()
  return {
    add(key, gone) {
      const named = byKey.get(key) ?? new Map<string, Gone>()
      byKey.set(key, named.set(gone.uid, { ...named.get(gone.uid), ...gone })) // a retake knows less of it than the watch
      keys.set(gone.uid, key)
    },
    of: (key) => [...(byKey.get(key)?.values() ?? [])],
    done(uid) {
      const key = keys.get(uid)
      if (key === undefined) return
      keys.delete(uid)
      const named = byKey.get(key)
      named?.delete(uid)
      if (named?.size === 0) byKey.delete(key)
    },
    uids: () => keys.keys(),
    get size() {
      return keys.size
    },
  }
}
