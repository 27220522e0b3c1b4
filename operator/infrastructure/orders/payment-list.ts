import type { ProviderPayment } from '../../application/order/payment-provider.ts'
import type { RemoteApi } from '../remote-api/remote-api.ts'
import { paymentIn } from './payment-answers.ts'
import { wordIn } from './word.ts'

/** Milliseconds since 1970, both included. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Small enough that an answer is read whole, whatever else a provider says of a payment. */
const PAGE = 100
/** A list that has no end is a fault of whoever makes it. */
const MOST_PAGES = 10_000
const ASKED = 'GET /payments'

/** All that the provider knows of this time, page by page. Throws where a page does not come, or can't be read. */
export async function* listedPayments(
  api: RemoteApi,
  { from, to }: Span,
  signal: AbortSignal,
): AsyncIterable<ProviderPayment> {
  const time = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: String(PAGE) }
  let cursor: string | undefined
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const path = `/payments?${new URLSearchParams({ ...time, ...(cursor !== undefined && { cursor }) })}`
    const page = pageIn(await answerOf(api, path, signal))
    yield* page.payments
    if (page.next === undefined) return
    cursor = page.next
  }
  throw new Error(`${api.name}: ${ASKED} has more than ${MOST_PAGES} pages, or goes in circles`)
}

async function answerOf(api: RemoteApi, path: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  const word = wordIn(await api.call({ asker: 'audit', method: 'GET', path }, signal), `${api.name}: ${ASKED}`)
  if (word.kind === 'yes') return word.fields
  throw new Error(
    word.kind === 'no' ? `${api.name}: ${ASKED} is answered ${word.status}: ${word.message}` : word.reason,
  )
}

function pageIn({ payments, next }: Readonly<Record<string, unknown>>): {
  readonly payments: readonly ProviderPayment[]
  readonly next?: string
} {
  if (!Array.isArray(payments)) throw new Error(`${ASKED} is answered without a list "payments"`)
  const read = payments.map((one: unknown) => paymentIn(Object(one) as Record<string, unknown>))
  const odd = read.indexOf(undefined)
  if (odd >= 0) throw new Error(`${ASKED}: payment ${odd + 1} of a page can't be read`)
  return { payments: read.filter((one) => one !== undefined), ...(typeof next === 'string' && next !== '' && { next }) }
}
