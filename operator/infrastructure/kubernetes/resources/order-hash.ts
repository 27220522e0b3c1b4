/** The annotation with the hash of the order that a reservation was made from. */
export const ORDER_HASH = 'kbnt.io/order-hash'
