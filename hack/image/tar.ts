export interface TarFile {
  /** Relative, without a leading slash, at most 100 bytes. */
  readonly path: string
  readonly content: Uint8Array
  /** Permission bits, such as 0o644. */
  readonly mode: number
}

const BLOCK = 512

/**
 * A ustar archive of `files` and the folders that they are in. Sorted, owned by root, dated 1970: the same files give
 * the same bytes. Throws for a path that does not fit.
 */
export function tarOf(files: readonly TarFile[]): Buffer {
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)))
  const entries = [
    ...[...folders].map((path) => ({ path: `${path}/`, content: new Uint8Array(), mode: 0o755 })),
    ...files,
  ].sort((a, b) => (a.path < b.path ? -1 : 1))
  const blocks = entries.flatMap((entry) => [headerOf(entry), entry.content, padding(entry.content.length)])
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function headerOf({ path, content, mode }: TarFile): Buffer {
  if (Buffer.byteLength(path) > 100) throw new Error(`${path} is too long for the archive`)
  const header = Buffer.alloc(BLOCK)
  header.write(path, 0)
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(content.length, 11), 124)
  header.write(octal(0, 11), 136)
  header.write(' '.repeat(8), 148) // what the checksum is to be computed with
  header.write(path.endsWith('/') ? '5' : '0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\0 `, 148)
  return header
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}

function padding(length: number): Buffer {
  return Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK)
}
