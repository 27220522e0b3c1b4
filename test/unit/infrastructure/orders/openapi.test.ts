import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { noticeDesk } from '../../../../hack/quickstart/order-services/notice-desk.ts'
import { paymentDesk } from '../../../../hack/quickstart/order-services/payment-desk.ts'
import type { Service, ServiceAnswer, ServiceRequest } from '../../../../hack/quickstart/order-services/service.ts'
import { userDesk } from '../../../../hack/quickstart/order-services/user-desk.ts'
import { httpOrderNotices } from '../../../../operator/infrastructure/orders/http-order-notices.ts'
import { httpPaymentProvider } from '../../../../operator/infrastructure/orders/http-payment-provider.ts'
import { httpUserCheck } from '../../../../operator/infrastructure/orders/http-user-check.ts'
import { aCall, aPayment, calm, declinedMethod } from '../../../contracts/payments-under-test.ts'
import { whyNot } from '../../../contracts/user-check.contract.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryApi } from '../../../fakes/in-memory-api.ts'

type Seen = readonly [request: ServiceRequest, answer: ServiceAnswer]

interface Operation {
  readonly parameters?: readonly { readonly name?: string; readonly in?: string; readonly $ref?: string }[]
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, object>>
}

/** What config/orders says of a service, and whether calls and answers are as it says. */
function described(name: string) {
  const document = parse(readFileSync(`config/orders/${name}.yaml`, 'utf8'))
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, name)
  const conforms = (pointer: string, value: unknown) => {
    const isRight = ajv.compile({ $ref: `${name}#${pointer}` })
    assert.ok(isRight(value), `${pointer}: ${ajv.errorsText(isRight.errors)} in ${JSON.stringify(value)}`)
  }
  /** Of what may stand in the document itself, or be named there. */
  const placeOf = (part: { $ref?: string }, pointer: string) => part.$ref?.slice(1) ?? pointer

  return ([request, { status, body }]: Seen): string => {
    const path = request.path.replace(/^\/payments\/[^/]+/, '/payments/{reference}')
    const method = request.method.toLowerCase()
    const operation: Operation | undefined = document.paths[path]?.[method]
    assert.ok(operation, `${request.method} ${path} is described`)
    const pointer = `/paths/${path.replaceAll('/', '~1').replace(/[{}]/g, encodeURIComponent)}/${method}`
    const content = '/content/application~1json/schema'
    if (operation.requestBody)
      conforms(placeOf(operation.requestBody, `${pointer}/requestBody`) + content, request.body)
    const asksForKey = JSON.stringify(operation.parameters ?? []).match(/key|Idempotency-Key/) !== null
    assert.equal(request.key !== undefined, asksForKey, 'a key where one is asked for')
    const known = (operation.parameters ?? []).map((one) => one.name)
    for (const asked of request.query.keys()) assert.ok(known.includes(asked), `${asked} is described`)
    const response = operation.responses[String(status)]
    assert.ok(response, `${request.method} ${path} is answered ${status}`)
    conforms(placeOf(response, `${pointer}/responses/${status}`) + content, body)
    return `${request.method} ${path} ${status}`
  }
}

/** A service whose calls and answers are kept. */
function overheard(service: Service) {
  const seen: Seen[] = []
  const clock = fakeClock()
  const api = inMemoryApi({
    ...{ name: 'overheard', clock, timeoutMs: 1_000 },
    service(request) {
      const answer = service(request)
      seen.push([request, answer])
      return answer
    },
  })
  return { api, seen }
}

describe('config/orders', () => {
  it('describes what a payment provider is asked, and all that the stand-in answers', async () => {
    const desk = paymentDesk({
      ...{ now: () => 0, windowMs: 1_000, oncePerReference: true },
      refusal: (method) => (method === declinedMethod ? { reason: 'NoFunds', detail: 'it is empty' } : undefined),
    })
    const { api, seen } = overheard(desk.service)
    const provider = httpPaymentProvider(api, { name: 'acme', moves: 'twice', keyWindowMs: 1, longestCallMs: 1 })
    const [payment, other, declined] = [aPayment('a'), aPayment('b'), aPayment('c', { method: declinedMethod })]
    await provider.authorise(payment, aCall('1'))
    await provider.authorise({ ...payment, method: 'card-2' }, aCall('1'))
    await provider.capture(payment, aCall('2'))
    await provider.void(payment, aCall('3'))
    await provider.refund(payment, aCall('4'))
    await provider.void(other, aCall('5'))
    await provider.charge(other, aCall('6'))
    await provider.charge(declined, aCall('7'))
    for (const reference of ['a', 'z']) await provider.find(reference, { key: 'find', signal: calm() })
    await provider.capture(aPayment('z'), aCall('8'))
    for await (const one of provider.list(0, 1, calm())) assert.ok(one.reference)
    assert.deepEqual(seen.map(described('payments')), [
      'POST /payments 201',
      'POST /payments 422',
      'POST /payments/{reference}/capture 200',
      'POST /payments/{reference}/void 409',
      'POST /payments/{reference}/refund 200',
      'POST /payments/{reference}/void 200',
      'POST /payments 409',
      'POST /payments 402',
      'GET /payments/{reference} 200',
      'GET /payments/{reference} 404',
      'POST /payments/{reference}/capture 404',
      'GET /payments 200',
    ])
  })

  it('describes what a user service is asked, and all that the stand-in answers', async () => {
    const { api, seen } = overheard(userDesk(whyNot))
    const check = httpUserCheck(api)
    for (const customer of ['ana', 'mallory', 'nobody'])
      await check.check({ namespace: 'shop', customer, order: 'uid-1' }, aCall('1'))
    assert.deepEqual(seen.map(described('users')), [
      'GET /user-check 200',
      'GET /user-check 200',
      'GET /user-check 404',
    ])
  })

  it('describes what a notification service is asked, and all that the stand-in answers', async () => {
    const { api, seen } = overheard(noticeDesk({ now: () => 0, windowMs: 1_000 }).service)
    const notice = {
      ...{ namespace: 'shop', order: 'order-1', uid: 'uid-1', orderId: 'ORD-1', customer: 'ana' },
      ...{ amount: { minor: 1, currency: 'EUR' }, summary: 'espresso-machine×2' },
    }
    const notices = httpOrderNotices(api)
    await notices.send(notice, aCall('1'))
    await notices.send({ ...notice, customer: 'bob' }, aCall('1'))
    assert.deepEqual(seen.map(described('notifications')), ['POST /notifications 202', 'POST /notifications 422'])
  })
})
