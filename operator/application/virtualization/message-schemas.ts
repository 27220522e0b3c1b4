/** What a value is, by the schema that it names. */
export type ReadValue =
  | { readonly kind: 'read'; readonly record: unknown }
  /** It is none that its schema, or any, has written. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** There is no schema of this id, or none yet. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** Nobody says what schema that is. */
  | { readonly kind: 'away'; readonly reason: string }

/** Values that name the schema that they were written by: a zero byte, its id in four bytes, and then Avro. */
export interface MessageSchemas {
  /** Never rejects, and takes some seconds at most. */
  read(value: Uint8Array): Promise<ReadValue>
}
