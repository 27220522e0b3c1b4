import type { Dispatcher } from 'undici'

/** What one call goes through on its way out. */
export interface SendingGate {
  readonly dispatcher: Dispatcher
  /** Whether anything of it may have been sent. */
  readonly isOpened: () => boolean
}

export class NotAllowed extends Error {}

/**
 * Asks `maySend` when a connection is free, just before the first byte; where the answer is false nothing is sent, and
 * the call fails as NotAllowed.
 */
export function sendingGate(agent: Dispatcher, maySend: () => boolean): SendingGate {
  let isOpened = false
  const guarded = (handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler => ({
    onRequestStart(controller, context) {
      handler.onRequestStart?.(controller, context)
      if (controller.aborted) return
      if (maySend()) isOpened = true
      else controller.abort(new NotAllowed('it may not be sent any more'))
    },
    onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
    onResponseStart: (...given) => handler.onResponseStart?.(...given),
    onResponseData: (...given) => handler.onResponseData?.(...given),
    onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
    onResponseError: (...given) => handler.onResponseError?.(...given),
  })
  const dispatcher = agent.compose((dispatch) => (options, handler) => dispatch(options, guarded(handler)))
  return { dispatcher, isOpened: () => isOpened }
}
