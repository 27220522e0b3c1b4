/** A call as a service sees it. */
export interface ServiceRequest {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Its `Idempotency-Key`. */
  readonly key: string | undefined
  /** What was sent as JSON; empty where that is no object. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface ServiceAnswer {
  readonly status: number
  readonly body: object
}

/** Does at once what it is asked. It stands in for a service of a shop, and is none to run one with. */
export type Service = (request: ServiceRequest) => ServiceAnswer

/** A no of the service itself: a word for programs, and a sentence. */
export function no(status: number, reason: string, detail: string): ServiceAnswer {
  return { status, body: { reason, detail } }
}

export const nowhere: ServiceAnswer = no(404, 'NoSuchCall', 'there is no such call here')
