import type { QueryConfig } from 'pg'
import { binaryArray, type ColumnType } from './binary-arrays.ts'

/** The columns of rows, in their order. */
export type Columns = Readonly<Record<string, ColumnType>>

/** A statement that is given rows, as one array a column. */
export interface WriteStatement {
  readonly name: string
  readonly text: string
  readonly types: readonly ColumnType[]
}

/** `textOf` is given what stands for the rows in a FROM; they are called `n`. */
export function writeStatement(name: string, columns: Columns, textOf: (rows: string) => string): WriteStatement {
  const types = Object.values(columns)
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`)
  return { name, text: textOf(`unnest(${arrays.join(', ')}) AS n (${Object.keys(columns).join(', ')})`), types }
}

/** With the rows that it is given, each as long as the statement has columns. */
export function given({ name, text, types }: WriteStatement, rows: readonly (readonly unknown[])[]): QueryConfig {
  const columnOf = (column: number) => rows.map((row) => row[column])
  return { name, text, values: types.map((type, column) => binaryArray(type, columnOf(column))) }
}
