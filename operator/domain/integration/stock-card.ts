import { fieldsOf, type IntegrationEvent } from './integration-event.ts'
import { NotSayable, type Translation, wordsOf } from './words.ts'

/** Their words for our levels. */
const availabilities: Readonly<Record<string, string>> = {
  Normal: 'IN_STOCK',
  Low: 'LOW_STOCK',
  Critical: 'NEARLY_OUT',
  Exhausted: 'OUT_OF_STOCK',
}

/** What is said of the stock in every message: who it is, and where in its life this happened. */
export function identityOf({ data, stockUid, sequence }: IntegrationEvent, externalId: string | undefined) {
  const words = wordsOf(data)
  if (stockUid === undefined) throw new NotSayable('stock.uid', null, 'a text')
  return {
    reference: stockUid,
    externalId: externalId ?? null,
    site: words.text('stock.namespace'),
    name: words.text('stock.name'),
    sequence,
    occurredAt: words.instant('timestamp'),
  }
}

/** How much there is after the event. */
export function countsOf({ data }: IntegrationEvent) {
  const words = wordsOf(data)
  const level = words.text('level')
  const availability = Object.hasOwn(availabilities, level) ? availabilities[level] : undefined
  if (availability === undefined)
    throw new NotSayable('level', level, `one of ${Object.keys(availabilities).join(', ')}`)
  return {
    onHand: words.count('balances.quantity'),
    held: words.count('balances.reserved'),
    sold: words.count('balances.confirmed'),
    free: words.count('balances.available'),
    availability,
  }
}

function priceOf({ data }: IntegrationEvent) {
  const { unitPrice = null } = data
  if (unitPrice === null) return null
  const { amount, currency } = fieldsOf(unitPrice)
  const words = wordsOf({ unitPrice: { amount, currency } })
  return { value: words.text('unitPrice.amount'), currency: words.text('unitPrice.currency') }
}

/** A stock as a whole, as it is after the event: whoever has the latest one has all. */
export const stockCard: Translation = (event, externalId) => ({
  ...identityOf(event, externalId),
  sku: wordsOf(event.data).text('stock.product'),
  price: priceOf(event),
  ...countsOf(event),
})

/** The end of a stock: nothing is left to be counted. */
export const closedStock: Translation = (event, externalId) => identityOf(event, externalId)
