import type { Operation } from './contract.ts'

/** A call whose body is as the contract has it. */
export interface BridgeCall {
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  /** Undefined: none was sent. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** As it was sent, without its query. */
  readonly sentPath: string
}

export interface BridgeReply {
  readonly status: number
  /** Absent: that of everything but records. */
  readonly contentType?: string
  readonly body?: string
}

export interface ServedCall {
  readonly operation: Operation
  answer(call: BridgeCall): Promise<BridgeReply> | BridgeReply
}

export const noContent: BridgeReply = { status: 204 }
export const asJson = (body: object): BridgeReply => ({ status: 200, body: JSON.stringify(body) })
