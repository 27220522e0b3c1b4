import type { Explanation } from '../explanation.ts'
import { type ExplainedOrderReason, orderExplanations } from '../order/explanations.ts'
import { reasonExplanations } from '../reservation/explanations.ts'
import { reasonNames, recordOf } from '../reservation/reasons.ts'
import type { Reason } from '../reservation/reservation.ts'
import { type ProblemKind, problemKinds } from './problem.ts'
import { statusOfCancelled, statusOfEnd } from './refusals.ts'

const again = 'nothing was done: send it again after `Retry-After` seconds'

/** What the gateway's own problems mean, and what to do; those of reservations are explained with their reasons. */
export const kindExplanations: Readonly<Record<ProblemKind, Explanation>> = {
  Invalid: {
    means: 'something of the request is missing, unknown or of another form; `errors` says where and what is allowed',
    remedy: 'correct what `errors` names; sent again as it is, it is refused again',
  },
  NamespaceMissing: {
    means: 'the token is of no ServiceAccount, whose namespace would count, and the gateway has no default',
    remedy: 'add `?namespace=NAME`, or have the setting `gateway.namespace` set',
  },
  IdempotencyKeyMissing: {
    means: 'units that are confirmed at once are sold: a repetition without a key could sell them twice',
    remedy: 'send a text of your own for this one order as `Idempotency-Key`',
  },
  Unauthorized: {
    means: 'there is no token, or it has run out, was revoked, or is for somebody else',
    remedy: 'get a new one, such as `kubectl create token NAME` gives, and send it as `Authorization: Bearer TOKEN`',
  },
  Forbidden: {
    means: 'the token is good, but its user may not do this there; the detail names the right, or the policy',
    remedy:
      'have somebody grant that right in that namespace (`kubectl auth can-i` shows it), or name another namespace',
  },
  NotFound: {
    means: 'there is no object of that name in that namespace, or no such path',
    remedy: 'look at name, namespace and path; all paths are in `/openapi.json`',
  },
  MethodNotAllowed: {
    means: 'the path is right, the method is not',
    remedy: 'use one that the header `Allow` names',
  },
  TooSlow: {
    means: 'the rest of the request was waited for in vain',
    remedy: 'send it again; where it happens often, the network on the way is slow or loses packets',
  },
  Conflict: {
    means: 'somebody changed or deleted it at the same moment, or it is not in a state for this; the detail says which',
    remedy: 'where the detail says so send it again; else read how it stands first',
  },
  AlreadyExists: {
    means: 'there is an object of that name, with other content',
    remedy: 'choose another `stockId`, or change the one that is there',
  },
  PreconditionFailed: {
    means: 'it is not any more as `If-Match` or `expectedQuantity` says: somebody was faster',
    remedy: 'read it, decide anew, and send the new ETag or quantity',
  },
  TooLarge: {
    means: 'bodies have at most 64 KiB, those of batches 1 MiB',
    remedy: 'send less: several reservations instead of one, several batches instead of one',
  },
  UnsupportedMediaType: {
    means: 'a body came as something else than JSON, or compressed',
    remedy: 'send it as it is, with `Content-Type: application/json`',
  },
  ExpectationFailed: {
    means: 'the header `Expect` asks for something else than `100-continue`',
    remedy: 'leave `Expect` out; most clients send it only because they were told to',
  },
  Unprocessable: {
    means: 'the API server, or a policy of its owner, takes no object like this; the detail has its words',
    remedy: 'change what it names; sent again as it is, it is refused again',
  },
  KeyReused: {
    means: 'an earlier order with this `Idempotency-Key` had other content; it is named in `reservationId`',
    remedy: 'give every order a key of its own, and repeat an order only with the content that it had',
  },
  TooManyRequests: {
    means:
      'this caller, or this address, asks for more than its share: in a second, which `RateLimit` tells, or at once (streams, lists that are read at the API server), which the detail tells',
    remedy: again,
  },
  HeadersTooLarge: {
    means: 'URL and headers have at most 32 KiB together',
    remedy: 'send fewer or shorter headers; often cookies that nobody needs here',
  },
  Internal: {
    means: 'the gateway has a fault; whether something was done is not known',
    remedy: 'send it again, with the same `Idempotency-Key`, and tell whoever runs the gateway the `requestId`',
  },
  NobodyLeads: {
    means:
      "no operator has led for longer than a standby needs to take over (10 s after one that ended in order, its lease's 15 s after one that was killed), so that no order is taken; reading goes on",
    remedy: `${again}; where it stays so, whoever runs the operator looks at its pods and its lease`,
  },
  Overloaded: {
    means: 'too much is under way at once',
    remedy: `${again}; where it happens often, more replicas of the gateway help`,
  },
  ApiServerAway: {
    means: 'the API server does not answer, or not in time',
    remedy: 'send it again after `Retry-After` seconds, an order with the same `Idempotency-Key`',
  },
  IssuerAway: {
    means: "the keys of whoever issued the token can't be had just now, so that nobody can say whose it is",
    remedy: `${again}; where it lasts, look at the issuer and at the way to it (\`gateway.tokens.issuers\`)`,
  },
  DatabaseAway: {
    means:
      'the database that has the books of these stocks does not answer, or not in time, or its tables are of another version; other stocks are not concerned',
    remedy:
      'send it again after `Retry-After` seconds, an order with the same `Idempotency-Key`; where it lasts, look at the database, and at the log of the gateway, which says why',
  },
  KafkaAway: {
    means:
      'not every topic has acknowledged what was sent within ten seconds, or one refuses it; some of it may be there',
    remedy: `${again}, with an \`eventId\` of yours where nothing may be there twice; where it lasts, the answer names the topic, and the log of the gateway says why`,
  },
  ClockSkew: {
    means:
      'the clock of this gateway and that of the database that has the books of these stocks are more than 5 s apart, so that nobody can say whose hold is over; the detail has both times',
    remedy: `${again}: another gateway may be right; where it lasts, mend the time of the node that is wrong`,
  },
  NamespaceFull: {
    means:
      'the namespace has as many live reservations in the database as one namespace may have there; confirming, giving back and running out go on',
    remedy:
      'give back what is not needed, or wait until holds run out; where so many are meant, raise `databases.NAME.maxLiveReservations` in the settings of the gateways',
  },
  OrdersFull: {
    means:
      'there are `gateway.maxOrders` orders: they are kept for a week, or as long as a payment provider knows their keys, so that none is paid twice; nothing new is ordered until some are gone',
    remedy: `${again}; where so many are meant, raise \`gateway.maxOrders\`, and with it the memory of gateways and operators`,
  },
  StockBusy: {
    means:
      'a stock whose books are in a database decides nothing for the moment: holds that have run out are being taken back, its books are not open yet, or somebody has to look at it first; the detail says which',
    remedy: again,
  },
  EventsBehind: {
    means:
      'so many events of the stock wait to be delivered that it takes no new holds; confirming, giving back and running out go on',
    remedy: `${again}; where it lasts, look at Kafka and at the operator`,
  },
  Stale: {
    means: 'what the gateway has in memory is older than 30 s, older than `X-Kbnt-Min-Position`, or not yet complete',
    remedy: again,
  },
  Stopping: {
    means: 'this gateway is about to end, as in every update',
    remedy: `${again}, on a new connection: that reaches another one`,
  },
}

/** What is told of one reason of a problem. */
export interface ExplainedProblem extends Explanation {
  readonly reason: string
  readonly status: number
  readonly title: string
}

type End = keyof typeof reasonExplanations
const ends = reasonNames.filter((reason): reason is End & Reason => recordOf(reason).fate === 'over')

/** Those for which an order comes to nothing, and the one for which that is refused. */
const orderEnds = (Object.keys(orderExplanations) as ExplainedOrderReason[]).filter(
  (reason) =>
    (orderExplanations[reason].phase === 'Cancelled' || reason === 'CancelledTooLate') &&
    !ends.some((end) => end === reason),
)

/** Every reason that a problem may have: the gateway's own, and those for which reservations and orders end. */
export const explainedProblems: readonly ExplainedProblem[] = [
  ...(Object.keys(problemKinds) as ProblemKind[]).map((reason) => ({
    reason,
    ...problemKinds[reason],
    ...kindExplanations[reason],
  })),
  ...ends.map((reason) => {
    const { phase, means, remedy } = reasonExplanations[reason]
    const title = phase === 'Rejected' ? 'The reservation was refused' : 'The reservation is over'
    return { reason, status: statusOfEnd(reason), title, means, remedy }
  }),
  ...orderEnds.map((reason) => {
    const { phase, means, remedy } = orderExplanations[reason]
    const title = phase === 'Cancelled' ? 'The order came to nothing' : 'The order is complete'
    return { reason, status: statusOfCancelled(reason), title, means, remedy }
  }),
]
