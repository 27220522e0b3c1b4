import { parseDurationMs } from '../../domain/duration.ts'
import type { Mistake } from '../../domain/gateway/problem.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../logger.ts'
import { type Answer, Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { StockHistory } from './generated/contract.ts'
import { readKept } from './read-kept.ts'
import type { HistoryPoint, HistoryRange, KnownStock, StockHistories } from './stock-histories.ts'
import { namespaceOf, refuseBlind } from './where.ts'

export interface HistoryWorld
  extends Pick<GatewayWorld, 'access' | 'stocks' | 'blind' | 'serves' | 'defaultNamespace'> {
  /** Absent: none are kept, as far as this gateway knows. */
  readonly histories?: StockHistories
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Pick<Logger, 'debug'>
}

const DAY_MS = 86_400_000
const LONGEST_MS = 3_653 * DAY_MS
const MOST_POINTS = 1_000
const USUAL_POINTS = 100
const TOO_MANY = `it gives more than ${MOST_POINTS} points: take a longer one, or a shorter range`

/** How the balances of a stock went; for whoever may read the stock. */
export function historyOperation(world: HistoryWorld): Operation {
  const { access, stocks, histories, clock, logger } = world

  const asked = <T>(work: Promise<T>): Promise<T> => readKept(work, 'histories', logger)

  return async (call): Promise<Answer> => {
    const range = rangeOf(call, clock.now())
    const name = call.parameters['stockId'] as string
    const namespace = namespaceOf(call, world)
    refuseBlind(world, namespace)
    await access.may(call.caller, { verb: 'get', resource: 'virtualstocks', namespace, name })
    if (!histories)
      throw new Problem('NotFound', {
        detail: 'this gateway knows of no histories: gateway.historyDatabase names no database',
      })
    const seen = stocks.get(namespace, name)
    const known = await asked(histories.find({ namespace, name, ...(seen && { uid: seen.uid }) }))
    if (!known)
      throw new Problem('NotFound', { detail: `there is no history of a stock ${name} in namespace ${namespace}` })
    const points = await asked(histories.points(known.uid, range))
    return { status: 200, body: bodyOf({ namespace, name, known, range, points }) }
  }
}

/** Throws a Problem that says all that is wrong with it. */
function rangeOf({ parameters }: Call, nowMs: number): HistoryRange {
  const { from, to, step } = parameters as { readonly from?: string; readonly to?: string; readonly step?: string }
  const toMs = to === undefined ? nowMs : Date.parse(to)
  const fromMs = from === undefined ? toMs - DAY_MS : Date.parse(from)
  const usualMs = Math.max(1, Math.ceil((toMs - fromMs) / USUAL_POINTS / 1_000)) * 1_000
  const range = { fromMs, toMs, stepMs: step === undefined ? usualMs : (parseDurationMs(step) ?? 0) }
  const errors = mistakesIn(range)
  if (errors.length === 0) return range
  throw new Problem('Invalid', { detail: 'the range is not one that can be told', errors })
}

function mistakesIn({ fromMs, toMs, stepMs }: HistoryRange): Mistake[] {
  const rangeMs = toMs - fromMs
  const noTime = 'there is no such day or time'
  const checks: readonly (readonly [pointer: string, isWrong: boolean, detail: string])[] = [
    ['to', Number.isNaN(toMs), noTime],
    ['from', Number.isNaN(fromMs) && !Number.isNaN(toMs), noTime], // without an end a day before it is none, too
    ['from', rangeMs < 0, 'it is after the end of the range'],
    ['from', rangeMs > LONGEST_MS, 'it is more than ten years before the end'],
    ['step', stepMs < 1_000, 'it is not at least 1s'],
    ['step', rangeMs / stepMs > MOST_POINTS && stepMs >= 1_000, TOO_MANY],
  ]
  return checks.flatMap(([pointer, isWrong, detail]) => (isWrong ? [{ pointer, detail }] : []))
}

interface Found {
  readonly namespace: string
  readonly name: string
  readonly known: KnownStock
  readonly range: HistoryRange
  readonly points: readonly HistoryPoint[]
}

const textOf = (ms: number) => new Date(ms).toISOString()

function bodyOf({ namespace, name, known, range, points }: Found): StockHistory {
  return {
    ...{ stockId: name, namespace, uid: known.uid, productId: known.product },
    ...{ from: textOf(range.fromMs), to: textOf(range.toMs), stepSeconds: range.stepMs / 1_000 },
    upTo: { sequence: known.sequence, at: textOf(known.atMs) },
    points: points.map(({ atMs, sequence, quantity, reserved, confirmed, available }) => {
      return { at: textOf(atMs), sequence, quantity, reserved, confirmed, available }
    }),
  }
}
