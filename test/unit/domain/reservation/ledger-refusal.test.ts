import assert from 'node:assert/strict'
import { ledgerRefusalOf } from '../../../../operator/domain/reservation/ledger-refusal.ts'

const grinder = { stockNamespace: 'shop', stock: 'grinder', quantity: 1 }
const beans = { stockNamespace: 'roastery', stock: 'beans', quantity: 3 }
const asking = (items = [beans, grinder], waitForMs = 0) => ({ namespace: 'shop', spec: { items, waitForMs } })
const places = (databases: Readonly<Record<string, string>>) => (item: { stock: string }) => databases[item.stock]

describe('ledgerRefusalOf', () => {
  it('takes stocks of one place, and waits only in the cluster', () => {
    assert.equal(ledgerRefusalOf(asking(), places({})), undefined)
    assert.equal(ledgerRefusalOf(asking([grinder], 60_000), places({})), undefined)
    assert.equal(ledgerRefusalOf(asking(), places({ beans: 'fast', grinder: 'fast' })), undefined)
  })

  it('names two stocks whose books are in different places', () => {
    assert.deepEqual(ledgerRefusalOf(asking(), places({ grinder: 'fast' })), {
      reason: 'LedgersDiffer',
      message:
        'its stocks keep their books in different places: roastery/beans in the cluster, grinder in database fast; have a reservation for each place',
    })
    const two = ledgerRefusalOf(asking([beans, grinder], 60_000), places({ beans: 'slow', grinder: 'fast' }))
    assert.match(two?.message ?? '', /: roastery\/beans in database slow, grinder in database fast;/)
  })

  it('lets nobody wait for a stock whose books are in a database', () => {
    assert.deepEqual(ledgerRefusalOf(asking([beans], 90_000), places({ beans: 'fast' })), {
      reason: 'NoWaitlist',
      message:
        "its waitFor of 1m30s can't be had: roastery/beans keeps its books in a database, which has no waiting lists; set waitFor to 0s",
    })
  })
})
