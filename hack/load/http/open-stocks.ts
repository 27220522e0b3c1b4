import { type LoadRequest, newStock, requestOf } from '../../../config/load/steps.ts'
import type { LoadPlace } from './drive.ts'

const ASK_WITHIN_MS = 60_000
const AT_ONCE = 4

/**
 * Throws where a gateway can't be asked, or does not take the token, in words that say why. The load itself does not look
 * whether certificates are to be trusted: this does, before the token goes anywhere.
 */
export async function mustAnswer({ urls, token, namespace }: LoadPlace): Promise<void> {
  const turn = { namespace, stock: '', reservation: undefined, key: '', count: 0 }
  for (const url of urls) {
    const { status, text } = await ask(url, token, requestOf('listStocks', turn))
    if (status !== 200) throw new Error(`${url} answered ${status}: ${text}`)
  }
}

/** Opens stocks of these names, each at one of the gateways. Throws with the answer of the first that was not opened. */
export async function openStocks(place: LoadPlace, names: readonly string[], quantity: number): Promise<void> {
  const left = names.entries()
  async function lane(): Promise<void> {
    for (const [index, name] of left) await open(place, { index, name, quantity })
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

interface Opening {
  readonly index: number
  readonly name: string
  readonly quantity: number
}

async function open({ urls, token, namespace }: LoadPlace, { index, name, quantity }: Opening): Promise<void> {
  const turn = { namespace, stock: name, reservation: undefined, key: name, count: 0 }
  const url = urls[index % urls.length] ?? urls[0]
  const { status, text } = await ask(url, token, newStock(turn, quantity))
  if (status === 201) return
  const why = status === 202 ? 'no operator has taken it over' : text
  throw new Error(`stock ${name} was not opened: ${url} answered ${status}: ${why}`)
}

async function ask(url: string, token: string, { method, path, headers, body }: LoadRequest) {
  const answer = await fetch(url + path, {
    ...{ method, headers: { ...headers, authorization: `Bearer ${token}` } },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(ASK_WITHIN_MS),
  }).catch((error: Error) => {
    const { cause } = error as { readonly cause?: Error }
    throw new Error(`${url} can't be asked: ${cause?.message || error.message}`)
  })
  return { status: answer.status, text: await answer.text() }
}
