import { isExpired } from './api-error.ts'
import type { ApiResult } from './exchange.ts'
import { type KubernetesObject, withoutManagedFields } from './kubernetes-object.ts'

export interface RawList<T> {
  readonly items: T[] | null
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
}

interface ListOfPages<T> {
  readonly items: T[]
  readonly resourceVersion: string
  readonly date: number | undefined
}

/** Objects a page, unless more or fewer are asked for. */
export const PAGE = 500
/** A version is kept for five minutes at least: whoever has come no further by then never will. */
const MOST_BEGINNINGS = 10

export type Pages<T> = (query: Record<string, string | number | undefined>) => Promise<ApiResult<RawList<T>>>

export async function eachPage<T>(page: Pages<T>, limit: number, onPage: (items: T[]) => Promise<void>): Promise<void> {
  let next: string | undefined
  for (let beginnings = 1; ; ) {
    try {
      const { body } = await page({ limit, continue: next })
      await onPage(body.items ?? [])
      next = body.metadata.continue
      if (!next) return
    } catch (error) {
      if (!isExpired(error) || beginnings === MOST_BEGINNINGS) throw error
      beginnings += 1
      next = undefined
    }
  }
}

/** Follows `continue`. When its version is no longer kept, everything is read again at once, as client-go's pager does. */
export async function listPages<T extends KubernetesObject>(page: Pages<T>, limit: number): Promise<ListOfPages<T>> {
  const items: T[] = []
  let next: string | undefined
  for (;;) {
    try {
      const { body, date } = await page({ limit, continue: next })
      for (const item of body.items ?? []) items.push(withoutManagedFields(item)) // page by page: together they would not fit
      next = body.metadata.continue
      if (next === undefined || next === '') return { items, resourceVersion: body.metadata.resourceVersion, date }
    } catch (error) {
      if (next === undefined || !isExpired(error)) throw error
      const { body, date } = await page({})
      return {
        items: (body.items ?? []).map(withoutManagedFields),
        resourceVersion: body.metadata.resourceVersion,
        date,
      }
    }
  }
}
