import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import type { Problem } from '../../../application/gateway/answer.ts'
import type { Change } from '../../../application/gateway/change-feed.ts'
import type { LiveStream, StreamEvent } from '../../../application/gateway/stream-events.ts'

export const EVENT_STREAM = 'text/event-stream; charset=utf-8'
/** What clients wait before they come back. */
const RETRY_MS = 2_000
/** Unsent bytes of one stream in our memory; what comes after waits as objects that all streams share. */
const MOST_WAITING_BYTES = 64 * 1024

export interface SendingParts {
  /** Who takes nothing for so long is cut. */
  readonly readTimeoutMs: number
  /** Told of what went wrong by our fault; answers what the client is told of it. */
  readonly failed: (error: unknown) => Problem
}

/** The data of a change, made once for all streams that tell it. */
const dataOfChange = new WeakMap<Change, string>()

/** Sends what a stream tells as server-sent events (WHATWG HTML, 9.2), as fast as its client reads. */
export function sendEvents(
  reply: FastifyReply,
  live: LiveStream,
  { readTimeoutMs, failed }: SendingParts,
): FastifyReply {
  reply.raw.once('close', () => live.close())
  reply.code(200).header('content-type', EVENT_STREAM).header('x-accel-buffering', 'no')
  reply.header('connection', 'close') // a gateway that ends would wait for connections that are kept after their stream
  const cut = () => {
    live.close('TooSlow')
    reply.raw.destroy()
  }
  return reply.send(
    Readable.from(taken(texts(live, failed), readTimeoutMs, cut), {
      objectMode: false,
      highWaterMark: MOST_WAITING_BYTES,
    }),
  )
}

/** `cut` is called when one of them was not taken in time. */
async function* taken(all: AsyncIterable<string>, readTimeoutMs: number, cut: () => void): AsyncGenerator<string> {
  for await (const text of all) {
    const timer = setTimeout(cut, readTimeoutMs)
    timer.unref()
    try {
      yield text
    } finally {
      clearTimeout(timer)
    }
    await nextTurn() // to a fast reader a long list would go out at once, and all others wait for its end
  }
}

async function* texts(live: LiveStream, failed: SendingParts['failed']): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`
  const told = live.parts[Symbol.asyncIterator]()
  try {
    for (let next = await told.next(); !next.done; next = await told.next()) yield* pieces(next.value)
  } catch (error) {
    live.close('Internal')
    const { reason, message } = failed(error)
    yield eventText({ type: 'end', reason, detail: message })
  } finally {
    live.close()
  }
}

/** Many events may be large together: then the later ones are made when the first are on their way. */
function* pieces(part: readonly StreamEvent[]): Generator<string> {
  let piece = ''
  for (const event of part) {
    piece += eventText(event)
    if (piece.length < MOST_WAITING_BYTES) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

/** JSON has no line breaks, and ids are made of letters, digits, colons and commas. */
function eventText(event: StreamEvent): string {
  switch (event.type) {
    case 'change': {
      const { change, kind, id } = event
      return `event: ${change.type}\ndata: ${dataOf(kind, change)}\n${id === undefined ? '' : `id: ${id}\n`}\n`
    }
    case 'reset':
      // An empty id: who is cut off before the list has ended begins anew.
      return `event: reset\nid\ndata: ${JSON.stringify({ namespace: event.namespace, kinds: event.kinds })}\n\n`
    case 'listed':
      return `event: listed\ndata: {}\nid: ${event.id}\n\n`
    case 'idle':
      // Without data it is no event to clients, but they remember the id.
      return `: idle\nid: ${event.id}\n\n`
    case 'end':
      return `event: end\ndata: ${JSON.stringify({ reason: event.reason, detail: event.detail })}\nretry: ${RETRY_MS}\n\n`
  }
}

function dataOf(kind: string, change: Change): string {
  const known = dataOfChange.get(change)
  if (known !== undefined) return known
  const data = JSON.stringify({ kind, object: change.show() })
  dataOfChange.set(change, data)
  return data
}
