import { isPlain } from './plain-login.ts'
import { type RemoteApiFile, type RemoteApiSettings, remoteApiFaults, remoteApiTimes } from './remote-api-settings.ts'
import type { SettingFault } from './schema.ts'

/** Whom orders are checked with, paid at, and told by. */
export interface OrderSettings {
  /** How many there may be, those that are over among them. */
  readonly max: number
  readonly users: OrderServiceSettings
  /** By the name that orders call them. */
  readonly payments: Readonly<Record<string, PaymentSettings>>
  readonly notifications: OrderServiceSettings
}

export interface OrderServiceSettings extends RemoteApiSettings {
  /** `none`: nobody is asked, and the answer is always yes. For `http`, `url` is https unless `allowUnencrypted`. */
  readonly adapter: 'http' | 'none'
}

export interface PaymentSettings extends OrderServiceSettings {
  readonly moves: 'twice' | 'once'
  readonly keyWindowMs: number
  readonly longestCallMs: number
}

type PaymentFile = RemoteApiFile<Omit<PaymentSettings, 'keyWindowMs' | 'longestCallMs'>> & {
  readonly keyWindow: string
  readonly longestCall: string
}

/** As the file has them. */
export interface OrderFile {
  readonly max: number
  readonly users: RemoteApiFile<OrderServiceSettings>
  readonly payments: Readonly<Record<string, PaymentFile>>
  readonly notifications: RemoteApiFile<OrderServiceSettings>
}

type Milliseconds = (duration: string) => number

export function ordersFromFile({ max, users, payments, notifications }: OrderFile, ms: Milliseconds): OrderSettings {
  const byName = Object.entries(payments).map(([name, file]) => [name, paymentFromFile(file, ms)] as const)
  return {
    max,
    users: serviceFromFile(users, ms),
    payments: Object.fromEntries(byName),
    notifications: serviceFromFile(notifications, ms),
  }
}

function serviceFromFile(file: OrderFile['users'], ms: Milliseconds): OrderServiceSettings {
  const { timeout, breaker, ...given } = file
  return { ...given, ...remoteApiTimes(file, ms) }
}

function paymentFromFile(file: PaymentFile, ms: Milliseconds): PaymentSettings {
  const { timeout, breaker, keyWindow, longestCall, ...given } = file
  return { ...given, ...remoteApiTimes(file, ms), keyWindowMs: ms(keyWindow), longestCallMs: ms(longestCall) }
}

/** Less would leave no time in which a call may come again. */
const SHORTEST_WINDOW_MS = 60_000

/** What single fields can't tell. */
export function orderFaults({ users, payments, notifications }: OrderSettings): SettingFault[] {
  return [
    ...serviceFaults(['orders', 'users'], users),
    ...Object.entries(payments).flatMap(([name, payment]) => paymentFaults(['orders', 'payments', name], payment)),
    ...serviceFaults(['orders', 'notifications'], notifications),
  ]
}

function serviceFaults(path: readonly string[], service: OrderServiceSettings): SettingFault[] {
  if (service.adapter === 'none') {
    const message = `is there, and adapter is none: nobody would be asked; set adapter to http, or leave it out`
    return service.url === undefined ? [] : [{ path: [...path, 'url'], message }]
  }
  const { url, allowUnencrypted, tokenFile, oauth } = service
  const isOpen = isPlain(url) && !allowUnencrypted && tokenFile === undefined && oauth === undefined
  const message =
    'is http: whoever is on the way can read or change what is sent; give an https URL, or allowUnencrypted: true if that is meant'
  return [...remoteApiFaults(path, service, 'every order'), ...(isOpen ? [{ path: [...path, 'url'], message }] : [])]
}

function paymentFaults(path: readonly string[], payment: PaymentSettings): SettingFault[] {
  const { adapter, timeoutMs, keyWindowMs, longestCallMs } = payment
  if (adapter === 'none') return serviceFaults(path, payment)
  const isShort = keyWindowMs < longestCallMs + SHORTEST_WINDOW_MS
  return [
    ...serviceFaults(path, payment),
    ...(longestCallMs < timeoutMs
      ? [{ path: [...path, 'longestCall'], message: `${longestCallMs} ms is shorter than timeout, ${timeoutMs} ms` }]
      : []),
    ...(isShort
      ? [
          {
            path: [...path, 'keyWindow'],
            message: `is not 1m longer than longestCall, ${longestCallMs} ms: no call could come again`,
          },
        ]
      : []),
  ]
}
