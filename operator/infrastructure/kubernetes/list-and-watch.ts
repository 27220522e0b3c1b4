import { ApiError, isExpired, SilentStreamError } from './api-error.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import type { WatchEvent } from './resource-client.ts'
import { type BackOffRange, RESTART_BACK_OFF, restartBackOff } from './restart-back-off.ts'
import { type Clock, type Random, sleep } from './timers.ts'

/** A state of all objects as of one version. */
export interface Snapshot<T> {
  readonly items: readonly T[]
  readonly resourceVersion: string
}

export interface WatchRequest {
  readonly resourceVersion: string
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
  /** To be called when the server has taken the watch. */
  readonly onOpen: () => void
}

export interface ListAndWatchOptions<T extends KubernetesObject> {
  /** Everything as of one version. */
  readonly list: (signal: AbortSignal) => Promise<Snapshot<T>>
  /** Changes after a version, with bookmarks; resolves when the server ends it. */
  readonly watch: (request: WatchRequest, onEvent: (event: WatchEvent<T>) => void) => Promise<void>
  readonly clock: Clock
  readonly random: Random
  /** Default: client-go's 800 ms … 30 s. */
  readonly backOff?: BackOffRange
}

/** Where the loop tells what it saw. None of these may throw. */
export interface ListAndWatchSink<T> {
  listed(snapshot: Snapshot<T>): void
  changed(event: WatchEvent<T>): void
  resumed(): void
  opened(): void
  failed(operation: 'list' | 'watch', error: unknown): void
}

/** What to do next: watch from `version`, or list when there is none; at once or after a pause, longer at each fault. */
interface NextStep {
  readonly version: string | undefined
  readonly pause: 'none' | 'fault' | 'relist'
}

/** The server ends a watch by itself; one that outlives that by so much has lost its server. */
const OVERDUE_MS = 30_000
/** A watch that ends sooner, without any event, got nowhere: to begin it again at once would be a tight loop. */
const SHORT_MS = 1_000

/** Follows a resource until `signal` aborts: from the version `from`, or else with a list. Resolves then, never rejects. */
export async function listAndWatch<T extends KubernetesObject>(
  options: ListAndWatchOptions<T>,
  sink: ListAndWatchSink<T>,
  signal: AbortSignal,
  from?: string,
): Promise<void> {
  const { clock, random, backOff = RESTART_BACK_OFF } = options
  // Apart, because a server that comes back after a long outage mostly has forgotten our version: to list then is no fault.
  const waits = { fault: restartBackOff(backOff, clock, random), relist: restartBackOff(backOff, clock, random) }
  let watched = false
  let next: NextStep = { version: from, pause: 'none' }
  while (!signal.aborted) {
    if (next.version === undefined) {
      next = await listOnce(options, sink, signal)
      watched = false
    } else {
      if (watched) sink.resumed()
      next = await watchOnce(options, sink, signal, next.version)
      watched = true
    }
    if (next.pause !== 'none') await sleep(clock, waits[next.pause](), signal)
  }
}

async function listOnce<T extends KubernetesObject>(
  { list }: ListAndWatchOptions<T>,
  sink: ListAndWatchSink<T>,
  signal: AbortSignal,
): Promise<NextStep> {
  try {
    const snapshot = await list(signal)
    if (!signal.aborted) sink.listed(snapshot)
    return { version: snapshot.resourceVersion, pause: 'none' }
  } catch (error) {
    if (!signal.aborted) sink.failed('list', error)
    return { version: undefined, pause: 'fault' }
  }
}

async function watchOnce<T extends KubernetesObject>(
  options: ListAndWatchOptions<T>,
  sink: ListAndWatchSink<T>,
  signal: AbortSignal,
  version: string,
): Promise<NextStep> {
  const { clock, random, watch } = options
  const timeoutSeconds = Math.round(300 + 300 * random())
  const startedAt = clock.now()
  const overdue = overdueSignal(clock, signal, timeoutSeconds * 1_000 + OVERDUE_MS)
  let latest = version
  let events = 0
  const gotNowhere = (): boolean => events === 0 && clock.now() - startedAt < SHORT_MS
  try {
    const onOpen = (): void => sink.opened()
    await watch({ resourceVersion: version, timeoutSeconds, signal: overdue.signal, onOpen }, (event) => {
      if (overdue.signal.aborted) return
      events += 1
      sink.changed(event)
      latest = event.object.metadata.resourceVersion ?? latest
    })
    return { version: latest, pause: gotNowhere() ? 'fault' : 'none' }
  } catch (error) {
    // a server that has seen no change of this kind since its start sends no bookmarks: that is no fault
    if (!signal.aborted && !(error instanceof SilentStreamError)) sink.failed('watch', error)
    if (isExpired(error)) return { version: undefined, pause: 'relist' }
    // A connection that was cut after a while is simply made again; only what fails at once may fail for ever.
    return { version: latest, pause: error instanceof ApiError || gotNowhere() ? 'fault' : 'none' }
  } finally {
    overdue.dispose()
  }
}

function overdueSignal(clock: Clock, outer: AbortSignal, delayMs: number): { signal: AbortSignal; dispose(): void } {
  const abort = new AbortController()
  const forward = (): void => abort.abort(outer.reason)
  if (outer.aborted) forward()
  outer.addEventListener('abort', forward)
  const cancel = clock.schedule(delayMs, () => abort.abort(new Error(`the watch is overdue after ${delayMs} ms`)))
  return {
    signal: abort.signal,
    dispose() {
      cancel()
      outer.removeEventListener('abort', forward)
    },
  }
}
