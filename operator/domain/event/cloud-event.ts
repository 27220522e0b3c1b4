/** What speaks in all of our events. */
export const SERVICE = 'kbnt-operator'
const SCHEMAS = 'https://kbnt.io/events'
/** Consumers that compare it as text need every number equally long; 2⁵³ has sixteen digits. */
const SEQUENCE_DIGITS = 16

/** `io.kbnt.reservation.reserved.v1`. A change that breaks consumers of the data raises the version. */
export function typeOf(occasion: string): string {
  return `io.kbnt.${occasion}.v1`
}

export interface Envelope {
  readonly id: string
  readonly type: string
  readonly time: string
  readonly source: string
  readonly subject: string | undefined
  readonly correlationId: string | undefined
}

/** CloudEvents 1.0, Kafka protocol binding, binary mode: attributes as `ce_` headers, the data as the record's value. */
export function cloudEventHeaders({
  id,
  type,
  time,
  source,
  subject,
  correlationId,
}: Envelope): Record<string, string> {
  return {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: source,
    ce_type: type,
    ce_time: time,
    ce_dataschema: `${SCHEMAS}/${type}.schema.json`,
    ...(subject !== undefined && { ce_subject: subject }),
    ...(correlationId !== undefined && { ce_correlationid: correlationId }),
  }
}

/** The extensions that order the events of one source. */
export function positionHeaders(sequence: number, term: number): Record<string, string> {
  return { ce_sequence: String(sequence).padStart(SEQUENCE_DIGITS, '0'), ce_term: String(term) }
}
