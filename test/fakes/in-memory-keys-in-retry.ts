import type { KeysInRetry } from '../../operator/application/flow/flow.ts'
import { type Place, placeText } from '../../operator/domain/flow/place.ts'

/** Shared by all members of one process. */
export function inMemoryKeysInRetry(): KeysInRetry & { readonly size: number } {
  const keys = new Map<string, Map<string, Place>>()
  return {
    async of(asked) {
      return new Map(
        asked.flatMap((key) => {
          const places = [...(keys.get(key)?.values() ?? [])]
          return places.length > 0 ? [[key, places] as const] : []
        }),
      )
    },
    async add(key, origin) {
      keys.set(key, new Map([...(keys.get(key) ?? []), [placeText(origin), origin]]))
    },
    async remove(key, origin) {
      keys.get(key)?.delete(placeText(origin))
    },
    get size() {
      return [...keys.values()].reduce((sum, places) => sum + places.size, 0)
    },
  }
}
