import type { Explanation } from '../explanation.ts'
import type { OrderPhase } from './order.ts'
import type { orderReasons } from './order-reasons.ts'

/** Those for which somebody may have to do something, or wants to know why. */
export type ExplainedOrderReason = {
  readonly [Name in keyof typeof orderReasons]: (typeof orderReasons)[Name] extends { readonly fine: true }
    ? never
    : Name
}[keyof typeof orderReasons]

interface OrderExplanation extends Explanation {
  /** The phase of an order that is told of it; where it comes on the way, too, that of its end. */
  readonly phase: OrderPhase
}

const anew = 'order again'
const look =
  'look at the provider for the uid of the order, then say what became of it: the runbook orders-and-money says how'

/**
 * Why an order came to nothing, needs somebody, or is complete in part, and what to do. The table of
 * docs/troubleshooting.md and the pages that the gateway's problems point to are made from this.
 */
export const orderExplanations: Readonly<Record<ExplainedOrderReason, OrderExplanation>> = {
  NoRoom: {
    phase: 'Cancelled',
    means:
      'there are as many orders as `orders.max` allows, those that are over among them, or its namespace has its share of them, and that was so for a day; nothing of it was begun',
    remedy: `while it is Pending, wait: it goes on when older ones are gone; else ${anew}. The runbook orders-full says what else there is`,
  },
  UserRefused: {
    phase: 'Cancelled',
    means: 'the user service says that its customer may not order; the message has its words',
    remedy: 'settle that with whoever runs the user service',
  },
  UserCheckUnavailable: {
    phase: 'Cancelled',
    means: 'the user service could not be asked for five minutes; the message says why',
    remedy: `${anew} once it answers: nothing was held and nothing paid`,
  },
  HoldRefused: {
    phase: 'Cancelled',
    means:
      'the API server did not take its reservation, or its finalizer, for an hour; the message has its words. Where it has a payment by then it is not cancelled, and needs attention',
    remedy: `most often a quota or a policy: have it changed, then ${anew}; one that needs attention goes on by itself then`,
  },
  NameTaken: {
    phase: 'Cancelled',
    means: 'somebody else has a reservation of the name that its own would have',
    remedy: `${anew}, under another name`,
  },
  PaymentDeclined: {
    phase: 'Cancelled',
    means: 'the payment provider has refused; the message has its words',
    remedy: `${anew} with another method of payment`,
  },
  PaymentNotTaken: {
    phase: 'Cancelled',
    means: 'what became of its payment was not known, and by now it can not come any more',
    remedy: anew,
  },
  PaymentUnavailable: {
    phase: 'Cancelled',
    means:
      'the payment provider could not be used for a quarter of an hour, or had no place for it: the message says why; nothing was taken',
    remedy: `${anew} once it answers; where it answers 401 or 403, see to its token`,
  },
  PaymentUnknown: {
    phase: 'NeedsAttention',
    means:
      'nobody knows whether it is paid; the provider is asked on and on, its stock stays held as long as it can be',
    remedy: `most often the provider answers by itself; else ${look}`,
  },
  ProviderUnknown: {
    phase: 'Cancelled',
    means: 'the settings have no payment provider of the name that it gives',
    remedy: `${anew} with one that they have (\`orders.payments\`); where it needs attention, put the provider back`,
  },
  NotPayable: {
    phase: 'Cancelled',
    means: 'its items have no price, are lent and not sold, or cost no whole number of coins, or too many of them',
    remedy: 'the owner of the stock gives it a price',
  },
  SeveralCurrencies: {
    phase: 'Cancelled',
    means: 'its items have prices in several currencies',
    remedy: 'one order for each currency',
  },
  PriceChanged: {
    phase: 'Cancelled',
    means: 'its items cost something else than it says; the message has both',
    remedy: `${anew} with what they cost now`,
  },
  AmountDiffers: {
    phase: 'Cancelled',
    means: 'the provider has taken another amount than it was asked for; it was given back',
    remedy: `settle that with whoever runs the provider, then ${anew}`,
  },
  HoldLost: {
    phase: 'Cancelled',
    means:
      'somebody gave its reservation back, deleted it or put another one in its place before it was paid and sold; the money was given back',
    remedy: anew,
  },
  StockSoldByOthers: {
    phase: 'Cancelled',
    means:
      'somebody confirmed its reservation before it was paid; nothing was taken for it, and what was confirmed was given back to its stock',
    remedy: `look who may write reservations; ${anew}, and where its units have left by other hands, take them off the quantity of the stock`,
  },
  StockUnclear: {
    phase: 'NeedsAttention',
    means:
      'its reservation was deleted, or another one put in its place, when it may have been confirmed already: its stock is sold, or it is not',
    remedy: 'find that out by the events of the stock, then say what is to become of the money',
  },
  StockUndecided: {
    phase: 'NeedsAttention',
    means:
      'its stock has decided nothing about it for an hour: its books are lost, it was halted, nobody serves it, or a policy does not let it be sold or given back; the message says so. What was never held is cancelled; what is held and is to be given back needs somebody',
    remedy: 'see what is wrong with the stock (`kubectl get vstk -o wide`), then place another order',
  },
  CaptureRefused: {
    phase: 'Cancelled',
    means: 'the provider refused to take what it had authorised; its stock was sold, and came back where it can',
    remedy: `${anew} with another method of payment`,
  },
  NoticeRefused: {
    phase: 'Completed',
    means: 'paid and sold, but the notification service never takes its notice',
    remedy: 'tell the customer another way',
  },
  NoticeUnavailable: {
    phase: 'Completed',
    means: 'paid and sold, but the notification service did not answer for a day',
    remedy: 'tell the customer another way',
  },
  CancelledByClient: {
    phase: 'Cancelled',
    means: 'it was cancelled before it was paid and sold; its money and its stock were given back',
    remedy: `nothing, or ${anew}`,
  },
  CancelledTooLate: {
    phase: 'Completed',
    means: 'it was paid and sold before somebody cancelled it, and stays so',
    remedy: 'give back its stock and its money by hand, where that is wanted',
  },
  Deleted: {
    phase: 'Cancelled',
    means: 'it was deleted before it was paid and sold; its money and its stock were given back',
    remedy: `nothing, or ${anew}`,
  },
  VoidRefused: {
    phase: 'NeedsAttention',
    means: 'the provider does not give back what it has authorised, and has not taken it',
    remedy: look,
  },
  RefundRefused: {
    phase: 'NeedsAttention',
    means: 'the provider does not give back what it has taken, of an order that came to nothing',
    remedy: look,
  },
  LateCharge: {
    phase: 'Cancelled',
    means: 'the provider took the money after the order was over; it was given back',
    remedy: 'settle with whoever runs the provider why it was so late',
  },
  StatusLost: {
    phase: 'NeedsAttention',
    means: 'it was restored from a backup, or its status was: nothing is paid until somebody has looked',
    remedy: look,
  },
  Resolved: {
    phase: 'Cancelled',
    means: 'an administrator has said where its money is; the message says who, and what',
    remedy: 'nothing: that is settled',
  },
}
