import assert from 'node:assert/strict'
import { binaryArray, type ColumnType } from '../../../../operator/infrastructure/postgres/binary-arrays.ts'

describe('An array for PostgreSQL', () => {
  const wrong: readonly (readonly [ColumnType, unknown])[] = [
    ['uuid', 'ada'],
    ['uuid', '3ace89a0063fc04622090ed0c7acecdb6164'],
    ['uuid', 'zzce89a0-63fc-4622-90ed-c7acecdb6164'],
    ['int8', 1.5],
    ['int8', 2 ** 53],
    ['timestamptz', Number.NaN],
  ]
  for (const [type, value] of wrong)
    it(`is not made of ${value} as ${type}`, () => {
      assert.throws(
        () => binaryArray(type, [value]),
        new RegExp(`${value} is no|"${value}" is no|is no whole number|cannot be converted`),
      )
    })
})
