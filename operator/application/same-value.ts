/** Whether two values of JSON say the same, key order aside; what is undefined counts as not there. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && sameItems(a, b)
  return isRecord(a) && isRecord(b) && sameFields(a, b)
}

type JsonObject = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => sameValue(item, b[index]))
}

function sameFields(a: JsonObject, b: JsonObject): boolean {
  const names = definedNames(a)
  return names.length === definedNames(b).length && names.every((name) => sameValue(a[name], b[name]))
}

function definedNames(value: JsonObject): string[] {
  return Object.keys(value).filter((name) => value[name] !== undefined)
}
