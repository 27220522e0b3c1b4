import type { Clock } from '../../application/clock.ts'
import { groupProgress } from '../../application/gateway/requests/group-progress.ts'
import type { RequestSending } from '../../application/gateway/requests/request-topic.ts'
import { sentKeys } from '../../application/gateway/requests/sent-keys.ts'
import type { Logger } from '../../application/logger.ts'
import { groupReader } from '../../infrastructure/kafka/group-reader.ts'
import { requestPost } from '../../infrastructure/kafka/request-post.ts'
import { leastRecent } from '../../infrastructure/kubernetes/least-recent.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import { hmacOfFile } from '../../infrastructure/signing/hmac-of-file.ts'

export interface GatewayRequests {
  /** Absent: the settings want none to go by Kafka. */
  readonly sending?: RequestSending
  /** Once nothing is sent any more. */
  close(): Promise<void>
}

export interface GatewayRequestsParts {
  readonly settings: Pick<Settings, 'gateway' | 'kafka'>
  readonly clock: Clock
  readonly logger: Logger
}

/** Throws when the secret of the settings can't be used. */
export function gatewayRequestsByKafka({ settings, clock, ...parts }: GatewayRequestsParts): GatewayRequests {
  const { kafka, gateway } = settings
  const { enabled, group, signingKeyFile, ...names } = gateway.requests
  if (!enabled || !kafka) return { close: async () => undefined }
  const logger = parts.logger.child({ component: 'requests' })
  const topic = requestPost({ connection: kafka, topic: names.topic, clock, logger })
  const reader = groupReader({ ...{ connection: kafka, group, clock, logger }, ...names })
  return {
    sending: {
      ...{ topic, clock, names, progress: groupProgress({ read: reader.read, clock }) },
      keys: sentKeys(clock, leastRecent),
      ...(signingKeyFile !== undefined && { hmac: hmacOfFile(signingKeyFile, clock) }),
    },
    async close() {
      await Promise.all([topic.close(), reader.close()])
    },
  }
}
