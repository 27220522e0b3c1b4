/** How PostgreSQL keeps the values of a column; what is given for each: `uuid`, `text` and `jsonb` as text, times in milliseconds. */
export type ColumnType = 'uuid' | 'text' | 'int4' | 'int8' | 'bool' | 'timestamptz' | 'jsonb'

interface Encoding {
  /** Of the type in pg_type, the same on every server. */
  readonly oid: number
  /** Bytes of a value. */
  size(value: never): number
  write(value: never, into: Buffer, at: number): void
}

/** 2000-01-01, from which PostgreSQL counts. */
const EPOCH_MS = 946_684_800_000
const HALF = 2 ** 32
const HEADER = 20
const LENGTH = 4
const NULL = -1
const JSONB_VERSION = 1

const encodings = {
  uuid: { oid: 2_950, size: () => 16, write: writeUuid },
  text: { oid: 25, size: byteLength, write: (value: string, into, at) => into.write(value, at) },
  int4: { oid: 23, size: () => 4, write: (value: number, into, at) => into.writeInt32BE(value, at) },
  int8: { oid: 20, size: () => 8, write: writeWhole },
  bool: { oid: 16, size: () => 1, write: (value: boolean, into, at) => into.writeUInt8(value ? 1 : 0, at) },
  timestamptz: { oid: 1_184, size: () => 8, write: writeTime },
  jsonb: {
    oid: 3_802,
    size: (value: string) => 1 + byteLength(value),
    write(value: string, into, at) {
      into.writeUInt8(JSONB_VERSION, at)
      into.write(value, at + 1)
    },
  },
} satisfies Record<ColumnType, Encoding>

/**
 * A parameter that is an array of this type, in PostgreSQL's binary format (`array_recv`): neither side has to quote, scan
 * and parse what it is made of, which for rows of many columns costs the server as much as storing them. Null is a value
 * as any other. Throws where a value is none of its type.
 */
export function binaryArray(type: ColumnType, values: readonly unknown[]): Buffer {
  const encoding: Encoding = encodings[type]
  const sizes = values.map((value) => (value === null ? NULL : encoding.size(value as never)))
  const all = sizes.reduce((sum, size) => sum + LENGTH + Math.max(0, size), HEADER)
  const buffer = Buffer.allocUnsafe(all)
  let at = writeHeader(buffer, { oid: encoding.oid, hasNull: sizes.includes(NULL), length: values.length })
  for (const [index, size] of sizes.entries()) {
    at = buffer.writeInt32BE(size, at)
    if (size === NULL) continue
    encoding.write(values[index] as never, buffer, at)
    at += size
  }
  return buffer.subarray(0, at)
}

function writeHeader(
  into: Buffer,
  { oid, hasNull, length }: { oid: number; hasNull: boolean; length: number },
): number {
  into.writeInt32BE(length === 0 ? 0 : 1, 0) // dimensions
  into.writeInt32BE(hasNull ? 1 : 0, 4)
  into.writeInt32BE(oid, 8)
  if (length === 0) return 12
  into.writeInt32BE(length, 12)
  return into.writeInt32BE(1, 16) // where its indexes begin
}

function byteLength(text: string): number {
  return Buffer.byteLength(text)
}

/** Node has bigints for this, which cost ten times as much. */
function writeWhole(value: number, into: Buffer, at: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number below 2^53`)
  const high = Math.floor(value / HALF)
  into.writeInt32BE(high, at)
  into.writeUInt32BE(value - high * HALF, at + 4)
}

/** In microseconds, which from the year 2255 on are more than a number can count. */
function writeTime(ms: number, into: Buffer, at: number): void {
  const passed = (ms - EPOCH_MS) * 1_000
  if (Number.isSafeInteger(passed)) writeWhole(passed, into, at)
  else into.writeBigInt64BE(BigInt(ms - EPOCH_MS) * 1_000n, at)
}

function writeUuid(value: string, into: Buffer, at: number): void {
  const parts = value.length === 36 ? value.split('-') : []
  if (into.write(parts.join(''), at, 16, 'hex') !== 16 || parts.length !== 5)
    throw new TypeError(`${JSON.stringify(value)} is no uuid`)
}
