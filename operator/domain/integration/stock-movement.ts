import { countsOf, identityOf } from './stock-card.ts'
import { type Translation, wordsOf } from './words.ts'

/** Units of a stock that somebody holds, buys, gives back or loses, and what is there after it. */
export const stockMovement: Translation = (event, externalId) => {
  const words = wordsOf(event.data)
  return {
    ...identityOf(event, externalId),
    order: {
      reference: words.text('reservation.uid'),
      site: words.text('reservation.namespace'),
      name: words.text('reservation.name'),
      customer: words.textOrNull('reservation.consumer'),
    },
    units: words.count('quantity'),
    ...countsOf(event),
  }
}
