import { no, nowhere, type Service } from './service.ts'

/** A user service that knows everybody whom `refusal` has nothing against, as config/orders/users.yaml says. */
export function userDesk(refusal: (customer: string) => 'unknown' | { readonly detail: string } | undefined): Service {
  return ({ method, path, query }) => {
    if (method !== 'GET' || path !== '/user-check') return nowhere
    const customer = query.get('customer') ?? ''
    const why = refusal(customer)
    if (why === 'unknown') return no(404, 'UnknownUser', `nobody is called ${customer}`)
    return { status: 200, body: { customer, valid: why === undefined, ...why } }
  }
}
