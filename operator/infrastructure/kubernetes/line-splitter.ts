const NEWLINE = 10

/**
 * Cuts a stream of chunks into lines: `onLine` gets each whole one as text, without its end, empty ones left out. Parts of
 * a long line are kept as they came and joined once, so a line of many chunks costs no more than its length.
 */
export function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  return (chunk) => {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = parts.length === 0 ? chunk.toString('utf8', start, end) : joined(parts, chunk.subarray(start, end))
      parts = []
      start = end + 1
      if (line !== '') onLine(line)
    }
    if (start < chunk.length) parts.push(chunk.subarray(start))
  }
}

function joined(parts: readonly Buffer[], last: Buffer): string {
  return Buffer.concat([...parts, last]).toString('utf8')
}
