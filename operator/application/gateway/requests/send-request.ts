import type { Message } from '../../../domain/virtualization/resource-request.ts'
import { SIGNATURE, signatureOf } from '../../../domain/virtualization/signature.ts'
import type { TopicMessage } from '../../event/publisher.ts'
import type { NewRequest } from '../../virtualization/request-store.ts'
import { Problem } from '../answer.ts'
import type { RequestSending } from './request-topic.ts'

/** Where a message is, as far as that is known. */
export type Sent = { readonly kind: 'at'; readonly at: string } | { readonly kind: 'unknown'; readonly reason: string }

const SERVICE = 'kbnt-gateway'
const RETRY_SECONDS = 2
const traceParent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** Sends a request to its topic. Throws a Problem where it is certainly not there. */
export async function sendRequest(sending: RequestSending, request: NewRequest, traceparent?: string): Promise<Sent> {
  const posted = await sending.topic.post(messageOf(sending, request, traceparent))
  switch (posted.kind) {
    case 'taken':
      return { kind: 'at', at: `${posted.partition}-${posted.offset}` }
    case 'unknown':
      return posted
    case 'away': {
      const detail = `Kafka does not take it (${posted.reason}); nothing was sent, send it again later`
      throw new Problem('KafkaAway', { detail, retryAfterSeconds: RETRY_SECONDS })
    }
  }
}

/** CloudEvents 1.0, Kafka protocol binding, binary mode. */
function messageOf({ hmac, clock }: RequestSending, request: NewRequest, traceparent = ''): TopicMessage {
  const { namespace, digest, spec } = request
  const nowMs = clock.now()
  const at = new Date(nowMs).toISOString()
  const step = { service: SERVICE, operation: 'Accept', status: 'Succeeded', at }
  const message: Message = { ...spec, timestamp: at, processingHistory: [step] }
  const { messageId, correlationId = messageId, messageType, payload } = message
  const facts = { messageId, userId: payload.userId, namespace, digest }
  return {
    key: messageId,
    value: JSON.stringify(message),
    timestampMs: nowMs,
    headers: {
      ...{ 'content-type': 'application/json', ce_specversion: '1.0', ce_id: messageId, ce_time: at },
      ...{ ce_type: `io.kbnt.message.${messageType.toLowerCase()}.v2`, ce_source: `/${SERVICE}/${namespace}` },
      ...{ ce_subject: namespace, ce_correlationid: correlationId },
      ...(traceParent.test(traceparent) && { traceparent }),
      ...(hmac && { [SIGNATURE]: signatureOf(hmac, facts, nowMs) }),
    },
  }
}
