import type { OrderSettings } from '../infrastructure/settings/order-settings.ts'

/** Orders are served where settings name somebody to pay. */
export function servesOrders({ payments }: OrderSettings): boolean {
  return Object.keys(payments).length > 0
}
