import assert from 'node:assert/strict'
import type { Behaviour } from '../../hack/quickstart/order-services/behaviour.ts'
import { customers } from '../../hack/quickstart/order-services/stand-in.ts'
import type { UserCheck } from '../../operator/application/order/user-check.ts'

export interface UserCheckUnderTest {
  readonly check: UserCheck
  /** How the service behaves from now on; absent where there is none. */
  readonly behave?: (behaviour: Behaviour) => void
  close(): Promise<void>
}

const { refused: refusedCustomer, unknown: unknownCustomer } = customers

/** What the user service under test has against a customer. */
export function whyNot(customer: string): 'unknown' | { readonly detail: string } | undefined {
  if (customer === unknownCustomer) return 'unknown'
  return customer === refusedCustomer ? { detail: 'mallory may not order' } : undefined
}

/** What every UserCheck promises; `refuses`: that some may not order, too. */
export function userCheckContract(
  name: string,
  open: () => Promise<UserCheckUnderTest>,
  { refuses }: { readonly refuses: boolean },
): void {
  describe(`${name} as a UserCheck`, () => {
    let subject: UserCheckUnderTest
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(() => subject.close())
    const ask = (customer: string, maySend = true) => {
      const call = { key: 'k-1', maySend: () => maySend, signal: new AbortController().signal }
      return subject.check.check({ namespace: 'shop', customer, order: 'uid-1' }, call)
    }

    it('says who may order, whatever they are called', async () => {
      for (const customer of ['ana', '..', 'a b&c=d', 'é/?#%2F'])
        assert.deepEqual(await ask(customer), { kind: 'valid' })
    })

    if (!refuses) return

    it('refuses who may not, and whom nobody knows, with a sentence', async () => {
      for (const customer of [refusedCustomer, unknownCustomer]) {
        const answer = await ask(customer)
        assert.ok(answer.kind === 'refused' && answer.message.length > 5, customer)
      }
    })

    it('refuses nobody for what is wrong with the service, or before it', async () => {
      for (const [behaviour, want] of [
        [{ kind: 'answer', status: 500 }, 'unknown'],
        [{ kind: 'reset' }, 'unknown'],
        [{ kind: 'answer', status: 404, text: '<html>' }, 'notSent'],
        [{ kind: 'answer', status: 404, text: '{"reason":"NoSuchCall"}' }, 'notSent'],
        [{ kind: 'answer', status: 401, text: '{"reason":"Unauthorized"}' }, 'notSent'],
        [{ kind: 'answer', status: 422, text: '{"reason":"Odd"}' }, 'notSent'],
        [{ kind: 'answer', status: 200, text: '<html>log in</html>' }, 'unknown'],
        [{ kind: 'answer', status: 200, text: '{"customer":"bob","valid":true}' }, 'unknown'],
        [{ kind: 'answer', status: 200, text: '{"customer":"ana","valid":"yes"}' }, 'unknown'],
      ] as const) {
        subject.behave?.(behaviour)
        assert.equal((await ask('ana')).kind, want, JSON.stringify(behaviour))
      }
    })

    it('is not asked where nothing may be sent', async () => {
      assert.equal((await ask('ana', false)).kind, 'notSent')
    })
  })
}
