import type { Clock } from '../../operator/application/clock.ts'
import type {
  BegunPayment,
  PaymentProvider,
  ProviderPayment,
} from '../../operator/application/order/payment-provider.ts'
import type { NoAnswer, ServiceCall } from '../../operator/application/order/service-call.ts'
import type { MoneyCall } from '../../operator/domain/order/payment.ts'

/** What goes wrong with one call. `unreached`: its breaker is open. `notSent`: it is busy. `late`: nobody answers, and it has its effect after that. */
export type Mishap = 'none' | 'unreached' | 'notSent' | 'lost' | 'answerLost' | 'late' | 'declined'

export interface Account {
  amount: number
  authorised: boolean
  voided: boolean
  /** How often money was taken, and given back. */
  taken: number
  refunded: number
}

/** A bank that remembers keys for a while, and moves money twice for two keys. */
export interface OrderBank extends PaymentProvider {
  readonly accounts: ReadonlyMap<string, Account>
  /** Every call that has reached it, as `reference call key`. */
  readonly log: string[]
  /** What it has left of the money of an order. */
  netOf(reference: string): number
}

export interface BankOptions {
  readonly clock: Clock
  readonly moves: 'once' | 'twice'
  readonly mishap: (call: MoneyCall | 'find', reference: string) => Mishap
  /** Whether it promises for references that it does not know that nothing is ever taken. */
  readonly voidsUnknown: boolean
  /** Whether it takes less than it is asked for, this time. */
  readonly skimps?: () => boolean
  /** Calls that it is given at once; absent: as many as seem good. */
  readonly atOnce?: number
  /** A call has reached it that moves money. */
  readonly onReached?: (call: MoneyCall, reference: string, key: string) => void
}

const LATENCY_MS = 100
const TIMEOUT_MS = 2_000
const BANK_CALL_MS = 5_000
/** When somebody may have asked already what became of the call. */
const LATE_MS = BANK_CALL_MS - 500
const KEY_WINDOW_MS = 120_000

type Said = { readonly kind: string }

export function orderBank(options: BankOptions): OrderBank {
  const { clock, moves, mishap, voidsUnknown, onReached, skimps, atOnce } = options
  const accounts = new Map<string, Account>()
  const keys = new Map<string, { readonly at: number; readonly said: Said }>()
  const log: string[] = []
  const pause = (ms: number) => new Promise<void>((resolve) => void clock.schedule(ms, resolve))
  const lost: NoAnswer = { kind: 'unknown', cause: 'TimedOut', reason: `no answer within ${TIMEOUT_MS} ms` }

  function effect(name: MoneyCall, payment: BegunPayment, key: string): Said {
    const known = keys.get(key)
    log.push(`${payment.reference} ${name} ${key}`)
    onReached?.(name, payment.reference, key)
    if (known && clock.now() - known.at < KEY_WINDOW_MS) return known.said
    const said = move(name, payment)
    keys.set(key, { at: clock.now(), said })
    return said
  }

  function move(name: MoneyCall, { reference, amount }: BegunPayment): Said {
    const account = accounts.get(reference)
    const refused = { kind: 'declined', reason: 'no', message: `not as it is` }
    const settled = { providerReference: `pay-${reference}`, amount }
    switch (name) {
      case 'authorise':
      case 'charge': {
        if (account?.voided) return refused
        const before = account ?? none(amount.minor - (skimps?.() ? 100 : 0))
        const taken = before.taken + (name === 'charge' ? 1 : 0)
        accounts.set(reference, { ...before, authorised: true, taken })
        const said = { ...settled, amount: { ...amount, minor: before.amount } }
        return { kind: name === 'charge' ? 'taken' : 'authorised', ...said }
      }
      case 'capture':
        if (!account?.authorised || account.voided) return refused
        account.taken += 1
        return { kind: 'taken', ...settled }
      case 'void':
        if (account ? account.taken > 0 : !voidsUnknown) return refused
        accounts.set(reference, { ...(account ?? none(amount.minor)), voided: true })
        return { kind: 'voided' }
      case 'refund':
        if (!account || account.taken === 0) return refused
        account.refunded += 1
        return { kind: 'refunded', ...settled }
    }
  }

  async function call(name: MoneyCall, payment: BegunPayment, { key, maySend }: ServiceCall): Promise<Said> {
    const what = mishap(name, payment.reference)
    if (isUnsent(what)) return unsent[what]
    if (!maySend()) return notAllowed
    if (what === 'declined') {
      await pause(LATENCY_MS)
      const said = { kind: 'declined', reason: 'no', message: 'card refused' }
      const known = keys.get(key)
      if (known) return known.said
      keys.set(key, { at: clock.now(), said })
      return said
    }
    if (what === 'late') void pause(LATE_MS).then(() => effect(name, payment, key))
    if (what === 'none' || what === 'answerLost') {
      await pause(LATENCY_MS)
      const said = effect(name, payment, key)
      if (what === 'none') return said
    }
    await pause(TIMEOUT_MS)
    return lost
  }

  function stateOf(account: Account): ProviderPayment['state'] {
    if (account.refunded > 0) return 'refunded'
    if (account.taken > 0) return 'taken'
    return account.voided ? 'voided' : 'authorised'
  }

  const named = (name: MoneyCall) => (payment: BegunPayment, given: ServiceCall) => call(name, payment, given) as never
  return {
    ...{ name: 'acme', moves, keyWindowMs: KEY_WINDOW_MS, longestCallMs: BANK_CALL_MS, accounts, log },
    ...(atOnce !== undefined && { atOnce }),
    authorise: named('authorise'),
    charge: named('charge'),
    capture: named('capture'),
    void: named('void'),
    refund: named('refund'),
    async find(reference) {
      const what = mishap('find', reference)
      if (isUnsent(what)) return unsent[what]
      await pause(what === 'none' ? LATENCY_MS : TIMEOUT_MS)
      if (what !== 'none') return lost
      const account = accounts.get(reference)
      if (!account) return { kind: 'none' }
      const amount = { minor: account.amount, currency: 'EUR' }
      const payment = { providerReference: `pay-${reference}`, amount, reference, state: stateOf(account), at: 0 }
      return { kind: 'found', payment }
    },
    async *list() {},
    netOf(reference) {
      const account = accounts.get(reference)
      return account ? (account.taken - account.refunded) * account.amount : 0
    },
  }
}

/** As the real adapters have them. */
const notAllowed: NoAnswer = { kind: 'notSent', cause: 'NotAllowed', reason: 'it may not be sent any more' }
const unsent = {
  unreached: { kind: 'notSent', cause: 'BreakerOpen', reason: 'its breaker is open' },
  notSent: { kind: 'notSent', cause: 'Http429', reason: 'it is answered 429' },
} as const satisfies Readonly<Record<string, NoAnswer>>

function isUnsent(what: Mishap): what is keyof typeof unsent {
  return what in unsent
}

function none(amount: number): Account {
  return { amount, authorised: false, voided: false, taken: 0, refunded: 0 }
}
