/**
 * The load that a gateway is tried with, told once: `npm run load:http` and the script for k6 both read it. Nothing but
 * data, so that either can.
 */

/** What a user may do; the first three only read. */
export type Step =
  | 'readStock'
  | 'listStocks'
  | 'readReservation'
  | 'reserve'
  | 'confirm'
  | 'release'
  | 'createStock'
  | 'setQuantity'
  | 'setPrice'

/** From as many users as there were to so many, evenly over the seconds; 0 seconds = at once. Before the first there are none. */
export interface Phase {
  readonly seconds: number
  readonly users: number
}

export type Shape =
  | {
      readonly kind: 'phases'
      readonly phases: readonly Phase[]
      /** Requests that a user makes one after the other; the rest of the second is the time to think. */
      readonly perSecond: number
    }
  /** All at one moment, one order of one unit each, for the units of one stock: who comes too late is refused. */
  | { readonly kind: 'burst'; readonly units: number; readonly refused: number }

/** What has to hold. Absent = not judged. */
export interface Limits {
  readonly p95Ms?: number
  readonly p99Ms?: number
  /** Of all requests: answers that nobody expects, and none at all. The share has to stay below. */
  readonly errorShare: number
}

export interface Scenario {
  readonly what: string
  readonly shape: Shape
  /** How often each step is taken, beside the others. */
  readonly mix: Readonly<Partial<Record<Step, number>>>
  /** Stocks that it works on, made before it begins. */
  readonly stocks: number
  readonly limits: Limits
}

const mostErrors = 0.001
const shopping = { readStock: 60, listStocks: 10, readReservation: 20, reserve: 6, confirm: 2, release: 2 }

/**
 * In the order in which `all` runs them. One caller stays below the limits that a gateway has by default for each (500
 * reads and 50 writes a second), but in the burst.
 */
export const scenarios = {
  'warm-up': {
    what: '5 users look and buy, before anything is judged by its time',
    shape: {
      kind: 'phases',
      phases: [
        { seconds: 0, users: 5 },
        { seconds: 30, users: 5 },
      ],
      perSecond: 5,
    },
    mix: shopping,
    stocks: 10,
    limits: { errorShare: mostErrors },
  },
  baseline: {
    what: '20 users look and buy on an ordinary day',
    shape: {
      kind: 'phases',
      phases: [
        { seconds: 0, users: 20 },
        { seconds: 120, users: 20 },
      ],
      perSecond: 5,
    },
    mix: shopping,
    stocks: 10,
    limits: { p95Ms: 200, p99Ms: 500, errorShare: mostErrors },
  },
  spike: {
    what: '5 users, at once 50, and 5 again',
    shape: {
      kind: 'phases',
      phases: [
        { seconds: 0, users: 5 },
        { seconds: 30, users: 5 },
        { seconds: 0, users: 50 },
        { seconds: 30, users: 50 },
        { seconds: 0, users: 5 },
        { seconds: 30, users: 5 },
      ],
      perSecond: 5,
    },
    mix: shopping,
    stocks: 10,
    limits: { p95Ms: 500, p99Ms: 1_000, errorShare: mostErrors },
  },
  mixed: {
    what: '20 users for five minutes, 70 % reads and 30 % writes',
    shape: {
      kind: 'phases',
      phases: [
        { seconds: 0, users: 20 },
        { seconds: 300, users: 20 },
      ],
      perSecond: 5,
    },
    mix: { readStock: 40, listStocks: 10, readReservation: 20, reserve: 15, confirm: 8, release: 7 },
    stocks: 10,
    limits: { p95Ms: 200, p99Ms: 500, errorShare: mostErrors },
  },
  burst: {
    what: '200 users at one moment order a unit of one stock of 100: 100 get it, 100 are refused',
    shape: { kind: 'burst', units: 100, refused: 100 },
    mix: { reserve: 1 },
    stocks: 1,
    limits: { errorShare: mostErrors },
  },
  'stock-creation': {
    what: '10 users open 20 stocks a second',
    shape: {
      kind: 'phases',
      phases: [
        { seconds: 0, users: 10 },
        { seconds: 60, users: 10 },
      ],
      perSecond: 2,
    },
    mix: { createStock: 1 },
    stocks: 0,
    limits: { p95Ms: 500, p99Ms: 1_000, errorShare: mostErrors },
  },
  updates: {
    what: '10 users change quantities and prices of the same stocks',
    shape: {
      kind: 'phases',
      phases: [
        { seconds: 0, users: 10 },
        { seconds: 60, users: 10 },
      ],
      perSecond: 4,
    },
    mix: { setQuantity: 1, setPrice: 1 },
    stocks: 10,
    limits: { p95Ms: 500, p99Ms: 1_000, errorShare: mostErrors },
  },
  ramp: {
    what: 'up to 20 users, steady, a peak of 50, and down to none',
    shape: {
      kind: 'phases',
      phases: [
        { seconds: 60, users: 20 },
        { seconds: 120, users: 20 },
        { seconds: 30, users: 50 },
        { seconds: 30, users: 50 },
        { seconds: 60, users: 0 },
      ],
      perSecond: 5,
    },
    mix: shopping,
    stocks: 10,
    limits: { p95Ms: 500, p99Ms: 1_000, errorShare: mostErrors },
  },
} as const satisfies Readonly<Record<string, Scenario>>
