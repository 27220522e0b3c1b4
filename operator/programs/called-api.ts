import type { Clock } from '../application/clock.ts'
import type { Logger } from '../application/logger.ts'
import { accessTokens } from '../infrastructure/kafka/access-tokens.ts'
import type { BreakerState } from '../infrastructure/remote-api/breaker.ts'
import { noCredentials, tokenInFile, tokensFrom } from '../infrastructure/remote-api/credentials.ts'
import { type RemoteApi, remoteApi } from '../infrastructure/remote-api/remote-api.ts'
import type { Credentials } from '../infrastructure/remote-api/remote-api-options.ts'
import type { RemoteApiSettings } from '../infrastructure/settings/remote-api-settings.ts'

/** Hears how calls of somebody else's API go. `name` says whose. */
export interface CallObserver {
  /** The status of the answer, `lost` or `unsent`. */
  called(name: string, result: string, seconds: number): void
  breaker(name: string, state: BreakerState): void
}

export interface CalledApiParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: CallObserver
}

export type CalledApiSettings = RemoteApiSettings & {
  readonly name: string
  readonly url: string
  readonly maxWaiting?: number
}

/** Somebody else's API as settings name it. */
export function calledApi(settings: CalledApiSettings, { clock, logger, observer }: CalledApiParts): RemoteApi {
  const { name } = settings
  const api = remoteApi(settings, {
    ...{ clock, credentials: credentialsOf(settings) },
    onState(state) {
      observer.breaker(name, state)
      logger.warn('the circuit breaker has changed', { target: name, state })
    },
    onCall: (result, seconds) => observer.called(name, result, seconds),
  })
  observer.breaker(name, api.breaker)
  return api
}

function credentialsOf({ tokenFile, oauth }: RemoteApiSettings): Credentials {
  if (oauth) return tokensFrom(() => accessTokens(oauth))
  return tokenFile === undefined ? noCredentials : tokenInFile(tokenFile)
}
