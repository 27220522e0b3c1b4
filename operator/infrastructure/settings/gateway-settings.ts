export interface GatewaySettings {
  readonly port: number
  /** For callers that name none and have none. Absent: they have to name one. */
  readonly namespace?: string
  /** Absent: plain HTTP. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  readonly tokens: GatewayTokenSettings
  /** Of each address, whoever calls from there. */
  readonly requestsPerSecond: number
  /** Of each caller. */
  readonly readsPerSecond: number
  readonly writesPerSecond: number
  /** What the operator keeps for orders that may come again, beyond `retention`. */
  readonly keepFinishedMs: number
  readonly keepFinishedMax: number
  /** How many orders there may be for a new one to be taken, and how many are kept in memory. */
  readonly maxOrders: number
  /** 0 = any. */
  readonly maxEventLoopDelayMs: number
  readonly logs: GatewayLogSettings
  readonly requests: GatewayRequestSettings
  /** The one of `databases` where histories of stocks are read. Absent: none are. */
  readonly historyDatabase?: string
  /** The one of `databases` where it is read what the flow integration has told. Absent: it is not. */
  readonly consumptionDatabase?: string
}

/** How the gateway takes requests to workers. */
export interface GatewayRequestSettings {
  /** Else it stores them itself. */
  readonly enabled: boolean
  readonly topic: string
  /** Of the workers. */
  readonly group: string
  readonly retryTopic: string
  readonly deadLetterTopic: string
  /** Absent: messages are not signed. */
  readonly signingKeyFile?: string
}

/** Lines of other programs' logs that the gateway takes. */
export interface GatewayLogSettings {
  readonly enabled: boolean
  readonly maxWaitingBytes: number
  readonly routes: readonly {
    readonly topic: string
    readonly levels?: readonly ('TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL')[]
    readonly services?: readonly string[]
  }[]
}

/** Tokens that are for the gateway alone. */
export interface GatewayTokenSettings {
  /** Of those that the API server makes. Absent: there are none. */
  readonly audience?: string
  readonly issuers: readonly IssuerSettings[]
}

/** An OpenID Connect issuer. */
export interface IssuerSettings {
  readonly issuer: string
  readonly audience: string
  /** Whoever has one of them besides is the API server's to judge. */
  readonly apiServerAudiences: readonly string[]
  readonly jwksUri: string
  /** Absent: public authorities. */
  readonly caFile?: string
  readonly algorithms: readonly string[]
  readonly usernameClaim: string
  readonly usernamePrefix: string
  readonly groupsClaim: string
  readonly groupsPrefix: string
}
