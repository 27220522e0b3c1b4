import type avsc from 'avsc'

/** Items of all lists and maps of a value. */
const MOST_ITEMS = 10_000

type Library = typeof avsc
/** What the library reads from, and how it reads a type from it; it tells nobody of either. */
interface Tap {
  readonly pos: number
  readonly buf: Uint8Array
  readLong(): number
  readString(): string
}
interface Readable {
  _read(tap: Tap): unknown
}

/**
 * Reads values of a schema. The library believes how many items a list says that it has, and looks only after the last one
 * whether the value was that long: four bytes can ask for millions. Here a list ends where its value ends. Throws for a
 * schema that is none; what it answers throws for what is none of it, or has more than 10,000 items in all.
 */
export function boundedReading(
  avro: Library,
  schema: avsc.Schema,
): { readonly typeName: string; readonly read: (bytes: Buffer) => unknown } {
  let left = 0
  const take = ({ pos, buf }: Tap): void => {
    left -= 1
    if (left < 0) throw new Error(`it has more than ${MOST_ITEMS} items`)
    if (pos > buf.length) throw new Error('it ends in the middle of a list')
  }
  class List extends avro.types.ArrayType {
    _read(tap: Tap): unknown[] {
      const items = this.itemsType as unknown as Readable
      return itemsOf(tap, () => {
        take(tap)
        return items._read(tap)
      })
    }
  }
  class Members extends avro.types.MapType {
    _read(tap: Tap): Record<string, unknown> {
      const values = this.valuesType as unknown as Readable
      return Object.fromEntries(
        itemsOf(tap, () => {
          take(tap)
          return [tap.readString(), values._read(tap)] as const
        }),
      )
    }
  }
  const typeHook = (part: avsc.Schema, options: avsc.ForSchemaOptions) => {
    const kind = typeof part === 'object' && 'type' in part ? part.type : undefined
    if (kind === 'array') return new List(part as never, options)
    return kind === 'map' ? new Members(part as never, options) : undefined
  }
  const type = avro.Type.forSchema(schema, { typeHook } as Partial<avsc.ForSchemaOptions>)
  return {
    typeName: type.typeName,
    read(bytes) {
      left = MOST_ITEMS
      return type.fromBuffer(bytes)
    },
  }
}

/** They come in blocks; a count below zero has the bytes of its block behind it. */
function itemsOf<Item>(tap: Tap, next: () => Item): Item[] {
  const items: Item[] = []
  for (;;) {
    const count = tap.readLong()
    if (count < 0) tap.readLong()
    if (count === 0) return items
    for (let left = Math.abs(count); left > 0; left -= 1) items.push(next())
  }
}
