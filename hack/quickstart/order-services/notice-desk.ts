import { type KeyMemory, rememberedKeys } from './remembered-keys.ts'
import { no, nowhere, type Service } from './service.ts'

export interface NoticeDesk {
  readonly service: Service
  /** One for each key, in their order. */
  notices(): readonly Readonly<Record<string, unknown>>[]
}

/** A notification service that keeps what it would send, as config/orders/notifications.yaml says. */
export function noticeDesk(memory: KeyMemory): NoticeDesk {
  const notices: Readonly<Record<string, unknown>>[] = []
  const onceForEachKey = rememberedKeys(memory)
  return {
    service(request) {
      const { method, path, body } = request
      if (method !== 'POST' || path !== '/notifications') return nowhere
      return onceForEachKey(request, () => {
        const { uid, customer } = body
        if (typeof uid !== 'string' || typeof customer !== 'string')
          return no(422, 'Incomplete', 'uid and customer are texts')
        notices.push(body)
        return { status: 202, body: { uid } }
      })
    },
    notices: () => [...notices],
  }
}
