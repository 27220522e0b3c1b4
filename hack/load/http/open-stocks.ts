import { newStock } from '../../../config/load/steps.ts'
import type { LoadPlace } from './drive.ts'

const ASK_WITHIN_MS = 60_000
const AT_ONCE = 4

/**
 * Opens stocks of these names, each at one of the gateways. Throws with the answer of the first that was not opened, in
 * words that say what to do where that is known.
 */
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
  const { method, path, headers, body } = newStock(turn, quantity)
  const url = urls[index % urls.length] ?? urls[0]
  const answer = await fetch(url + path, {
    ...{ method, headers: { ...headers, authorization: `Bearer ${token}` } },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(ASK_WITHIN_MS),
  }).catch((error: Error) => {
    const { cause } = error as { readonly cause?: Error }
    throw new Error(`${url} can't be asked: ${cause?.message ?? error.message}`)
  })
  const text = await answer.text()
  if (answer.status === 201) return
  const why = answer.status === 202 ? 'no operator has taken it over' : text
  throw new Error(`stock ${name} was not opened: ${url} answered ${answer.status}: ${why}`)
}
