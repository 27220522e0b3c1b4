import type { Network } from '../../domain/network/network.ts'
import { isTrue } from '../../domain/resource/resource.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { messageOf } from '../message-of.ts'
import { NotItsTurn } from '../not-its-turn.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { holdResource } from '../resource/hold-resource.ts'
import { removeResource } from '../resource/remove-resource.ts'
import { reportResource } from '../resource/report-resource.ts'
import { assessNetwork } from './assess-network.ts'
import type { NetworkParts } from './network-kind.ts'
import { usersOf } from './network-users.ts'

/**
 * Brings one network a step nearer to what its spec asks for: gather and act, then report. Safe to repeat. While the clock
 * is wrong nothing is begun: what came of it could not be told with its time.
 */
export async function reconcileNetwork(parts: NetworkParts, key: string): Promise<Outcome> {
  const seen = parts.resources.find(key)
  if (!seen) return settled
  parts.events.send(seen)
  if (!(await parts.clockIsRight(seen))) return recheckAfter(SKEW_RETRY_MS)
  if (seen.deletingSince !== undefined) return remove(parts, seen)
  const waitMs = parts.nextTries.waitMs(seen)
  if (waitMs > 0) return recheckAfter(waitMs)
  const network = await holdResource(parts, seen)
  if ('outcome' in network) return network.outcome
  const assessment = await assessNetwork(parts, network).catch((error: unknown) => ({ error }))
  if ('error' in assessment) return awaitBook(parts, network, assessment.error)
  const outcome = await reportResource(parts, network, assessment)
  if (assessment.fault) throw assessment.fault.error
  return outcome
}

/** Throws what is no matter of turns, once it is told. */
async function awaitBook(parts: NetworkParts, network: Network, error: unknown): Promise<Outcome> {
  const turn = error instanceof NotItsTurn ? error : undefined
  if (isAsTold(network, turn)) {
    if (turn) return recheckAfter(turn.recheckAfterMs)
    throw error
  }
  const message = `the book of fabric ${network.spec.fabric} can't be asked: ${messageOf(error)}`
  const situation = { kind: 'blocked', reason: 'FabricUnseen', message } as const
  const fault = turn ? undefined : { error }
  const outcome = await reportResource(parts, network, { situation, recheckAfterMs: turn?.recheckAfterMs, fault })
  if (fault) throw fault.error
  return outcome
}

/** Nothing is in doubt of one that is made, nor of one that has failed; one that has its claim may wait its turn to be made. */
function isAsTold({ status }: Network, turn: NotItsTurn | undefined): boolean {
  const onlyWaits = turn !== undefined && !turn.hasFailed && isTrue(status, 'Claimed')
  return onlyWaits || isTrue(status, 'Provisioned') || status?.phase === 'Failed'
}

/**
 * Machines that are on it go first, also where it is given up. What it has of its fabric is given back last: until then
 * its provider's part would be in another's way. One that is given up goes before that is sure; the sweep gives its claim
 * back when nothing is left.
 */
function remove(parts: NetworkParts, network: Network): Promise<Outcome> {
  const giveBack = async () => {
    if (network.abandoned && !(await isGone(parts, network))) return
    await parts.fabrics.release(network.spec.fabric, network.uid)
  }
  const usedBy = (used: Network) => usersOf(parts.machines, used)
  return removeResource({ ...parts, capacity: { find: () => undefined, giveBack }, usedBy }, network)
}

/** Whether nothing of one that is given up is in anybody's way. Who can't say is not waited for. */
async function isGone({ kind }: NetworkParts, network: Network): Promise<boolean> {
  const provider = kind.providerOf(network)
  if (provider.name === 'Simulated') return true
  return provider.remove(network).then(
    (removal) => removal.kind === 'gone',
    () => false,
  )
}
