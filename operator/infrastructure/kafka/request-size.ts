import type { Part } from './request.ts'

/**
 * How large the requests of one session are. A broker that is slow, or the network before it, is given less at once, so
 * that each request is answered in half the time that a publish has: one that is cut off has told nothing, and all of
 * it goes again. A single message goes whatever its size.
 */
export interface RequestSize {
  readonly mostBytes: number
  /** A request has arrived, and that took so long. */
  answered(parts: readonly Part[], tookMs: number): void
  /** Nobody knows whether a request has arrived. */
  lost(parts: readonly Part[]): void
}

export function requestSize(maxBytes: number, publishTimeoutMs: number): RequestSize {
  let mostBytes = maxBytes

  function halve(bytes: number): void {
    mostBytes = Math.max(1, Math.floor(Math.min(mostBytes, bytes) / 2))
  }

  return {
    get mostBytes() {
      return mostBytes
    },
    answered(parts, tookMs) {
      const bytes = bytesOf(parts)
      if (tookMs > publishTimeoutMs / 2) halve(bytes)
      // A small one that is quick says nothing of large ones.
      else if (tookMs < publishTimeoutMs / 4 && bytes >= mostBytes / 2) mostBytes = Math.min(maxBytes, mostBytes * 2)
    },
    lost(parts) {
      if (parts.length > 0) halve(bytesOf(parts))
    },
  }
}

function bytesOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0)
}
