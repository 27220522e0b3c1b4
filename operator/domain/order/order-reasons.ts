import { reasonNames } from '../reservation/reasons.ts'

/** Every reason of an order's own, once; docs/troubleshooting.md has to say what to do about each that isn't `fine`. */
export const orderReasons = {
  NoRoom: {},
  CheckingUser: { fine: true },
  UserRefused: {},
  UserCheckUnavailable: {},
  Holding: { fine: true },
  HoldRefused: {},
  NameTaken: {},
  Paying: { fine: true },
  PaymentDeclined: {},
  PaymentNotTaken: {},
  PaymentUnavailable: {},
  PaymentUnknown: {},
  ProviderUnknown: {},
  NotPayable: {},
  SeveralCurrencies: {},
  PriceChanged: {},
  AmountDiffers: {},
  HoldLost: {},
  StockSoldByOthers: {},
  StockUnclear: {},
  StockUndecided: {},
  Selling: { fine: true },
  Capturing: { fine: true },
  CaptureRefused: {},
  Telling: { fine: true },
  Completed: { fine: true },
  NoticeRefused: {},
  NoticeUnavailable: {},
  CancelledByClient: {},
  CancelledTooLate: {},
  Deleted: {},
  VoidRefused: {},
  RefundRefused: {},
  LateCharge: {},
  StatusLost: {},
  Resolved: {},
} as const satisfies Readonly<Record<string, { readonly fine?: true }>>

export type OrderReason = keyof typeof orderReasons | (typeof reasonNames)[number]

/** All of them, and those of its reservation; the list in the kind's schema is made from this one by `npm run generate`. */
export const orderReasonNames: readonly OrderReason[] = [
  ...new Set<OrderReason>([...(Object.keys(orderReasons) as (keyof typeof orderReasons)[]), ...reasonNames]),
]
