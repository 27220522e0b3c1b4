/**
 * Sells units of a stock over HTTP: holds them, then keeps them, or gives them back. Whatever breaks on the way, it is
 * done once, for everything here may be sent again. Node 22.18 or newer, nothing else. With give-back the order has
 * nothing in the end, also where an earlier run has sold it: then the sale is brought back.
 *
 *   GATEWAY=https://gateway.example.com/api/v1 TOKEN_FILE=shop.token node checkout.ts STOCK QUANTITY ORDER [give-back]
 *
 * Exit code 0: done. 3: the books refuse it, nothing is held. 1: not known; run it again with the same ORDER. 2: called
 * wrongly, nothing was sent.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
// Elsewhere: npx openapi-typescript https://gateway.example.com/openapi.json --root-types --root-types-no-schema-prefix
import type {
  Phase,
  Problem,
  Reservation,
  ReserveStock,
} from '../../../../operator/application/gateway/generated/contract.ts'

interface Answer {
  readonly status: number
  readonly location: string | null
  readonly retryAfterMs: number
  readonly body: Partial<Reservation> & Partial<Problem>
}

const MOST_TRIES = 7
const MOST_LOOKS = 100
const over: readonly (Phase | undefined)[] = ['Released', 'Expired', 'Rejected']
const { GATEWAY = '', TOKEN_FILE = '' } = process.env
const [stock = '', quantity = '', order = '', giveBack] = process.argv.slice(2)
if (!GATEWAY || !TOKEN_FILE || !/^\d+$/.test(quantity) || !order) {
  console.error('GATEWAY=https://…/api/v1 TOKEN_FILE=… node checkout.ts STOCK QUANTITY ORDER [give-back]')
  process.exit(2)
}

async function send(method: string, path: string, body?: ReserveStock): Promise<Answer> {
  const response = await fetch(path.startsWith('/api/') ? new URL(path, GATEWAY) : GATEWAY + path, {
    method,
    headers: {
      authorization: `Bearer ${readFileSync(TOKEN_FILE, 'utf8').trim()}`, // each time: it may be renewed meanwhile
      prefer: 'wait=5',
      ...(body && { 'content-type': 'application/json', 'idempotency-key': order }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  })
  const { status, headers } = response
  const retryAfterMs = (Number(headers.get('retry-after')) || 0) * 1_000
  return { status, location: headers.get('location'), retryAfterMs, body: (await response.json()) as Answer['body'] }
}

/** Asks until there is an answer. None at all, half of one, 429 and 5xx mean: the same again, a little later. */
async function ask(method: string, path: string, body?: ReserveStock): Promise<Answer> {
  for (let tried = 1; ; tried += 1) {
    const answer = await send(method, path, body).catch((error: Error) => error)
    const isAnswer = !(answer instanceof Error)
    if (isAnswer && answer.status < 500 && answer.status !== 429 && answer.status !== 408) return answer
    if (tried === MOST_TRIES) throw new Error(isAnswer ? answer.body.detail : answer.message, { cause: answer })
    const backoffMs = 2 ** tried * 100 * (0.5 + Math.random())
    await sleep(Math.max(backoffMs, isAnswer ? answer.retryAfterMs : 0))
  }
}

/** Sends what is wanted, and looks at where the answer says until it is so, or never will be. */
async function until(wanted: Phase, post: () => Promise<Answer>): Promise<Answer> {
  let answer = await post()
  let { location, retryAfterMs } = answer
  for (let looks = 1; answer.status === 202 || (answer.status < 300 && !isEnd(answer)); looks += 1) {
    if (looks > MOST_LOOKS) throw new Error(`still not decided: ${answer.body.message}`)
    await sleep(retryAfterMs)
    answer = await ask('GET', location ?? '')
    if (answer.status === 404) ({ location, retryAfterMs } = answer = await post()) // it was never stored
  }
  return answer

  function isEnd({ body: { phase } }: Answer): boolean {
    return phase === wanted || (wanted === 'Reserved' && phase === 'Confirmed') || over.includes(phase)
  }
}

/** Ends when the books say no. Who is not let in, or asks for what there isn't, knows nothing of an earlier try. */
function must({ status, body }: Answer, wanted: Phase): void {
  const { phase, message, reason, detail, reservationId } = body
  const isOtherOrder = reason === 'KeyReused' // which may well hold something
  if (status >= 300 && (reservationId === undefined || isOtherOrder)) throw new Error(`${reason}: ${detail}`)
  if (status < 300 && (phase === wanted || !over.includes(phase))) {
    console.log(`${phase}: ${message}`)
  } else {
    console.error(`refused: ${reason}: ${detail ?? message}`)
    process.exit(3)
  }
}

try {
  const wish = { quantityToReserve: Number(quantity), consumer: order, ttl: '15m' }
  const held = await until('Reserved', () => ask('POST', `/virtual-stock/stocks/${stock}/reserve`, wish))
  must(held, 'Reserved')
  // Here a shop takes the money. If it gets none, it gives the units back.
  const [verb, wanted] = giveBack ? (['release', 'Released'] as const) : (['confirm', 'Confirmed'] as const)
  must(await until(wanted, () => ask('POST', `/reservations/${held.body.reservationId}/${verb}`)), wanted)
} catch (error) {
  console.error(`not known: ${(error as Error).message}`)
  process.exit(1)
}
