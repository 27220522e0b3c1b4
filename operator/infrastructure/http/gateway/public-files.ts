import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** What everybody may read, without a token. */
export interface PublicFile {
  readonly path: string
  /** What metrics and the log call it, where many are alike. Default: its path. */
  readonly route?: string
  readonly type: string
  readonly content: string | Buffer
  /** Content-Security-Policy. Default: that of all answers, by which it may load nothing. */
  readonly policy?: string
}

/** One route for Fastify. */
export interface PublicRoute {
  readonly method: 'GET'
  readonly url: string
  readonly config: { readonly path: string }
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

/** Less gets no smaller by it that would be worth the while. */
const LEAST_PACKED_BYTES = 4_096
const packed = promisify(gzip)

/** Files that may be kept as long as they are asked for again: after an update nobody has the page of one and the script of another. */
export function publicRoutes(files: readonly PublicFile[]): PublicRoute[] {
  return files.map((file) => ({
    method: 'GET',
    url: file.path,
    config: { path: file.route ?? file.path },
    handler: handlerOf(file),
  }))
}

function handlerOf({ type, content, policy }: PublicFile): PublicRoute['handler'] {
  const plain = Buffer.from(content)
  const digest = createHash('sha256').update(plain).digest('base64url').slice(0, 22)
  const mayPack = plain.length >= LEAST_PACKED_BYTES
  // Most gateways are never asked for their pages: packed when the first one asks, and kept.
  let packing: Promise<Buffer> | undefined
  const small = () => {
    packing ??= packed(plain)
    return packing
  }
  return async ({ headers }, reply) => {
    const pack = mayPack && takesGzip(headers['accept-encoding'])
    const etag = pack ? `"${digest}-gzip"` : `"${digest}"`
    reply.headers({ etag, 'cache-control': 'no-cache' })
    if (mayPack) reply.header('vary', 'accept-encoding')
    if (policy !== undefined) reply.header('content-security-policy', policy)
    if (isKnown(etag, headers['if-none-match'])) return reply.code(304).send()
    reply.header('content-type', type)
    if (pack) reply.header('content-encoding', 'gzip')
    return reply.send(pack ? await small() : plain)
  }
}

function takesGzip(accepted: string | string[] | undefined): boolean {
  return String(accepted ?? '')
    .split(',')
    .some((one) => /^\s*gzip\s*(;\s*q=(1|0?\.\d*[1-9]\d*|1\.0*)\s*)?$/i.test(one))
}

/** RFC 9110, 13.1.2: compared without what marks a tag as weak. */
function isKnown(etag: string, known: string | undefined): boolean {
  return (known ?? '').split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')))
}
