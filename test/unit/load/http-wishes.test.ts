import assert from 'node:assert/strict'
import { scenarios } from '../../../config/load/scenarios.ts'
import { BadWish, type Flags, wishesFrom } from '../../../hack/load/http/wishes.ts'

const there = { url: ['https://gateway.example.com'], 'token-file': 'token', namespace: 'trial' }

function complaint(names: readonly string[], flags: Partial<Flags>): string {
  try {
    return JSON.stringify(wishesFrom(names, { scale: '1', ...flags }))
  } catch (error) {
    assert.ok(error instanceof BadWish, `${error}`)
    return error.message
  }
}

describe('what npm run load:http is asked for', () => {
  it('is all scenarios, or those named, in the order in which they make sense', () => {
    assert.deepEqual(wishesFrom(['all'], { scale: '1' }).names, Object.keys(scenarios))
    assert.deepEqual(wishesFrom(['burst', 'warm-up'], { scale: '0.5' }), {
      ...{ names: ['warm-up', 'burst'], scale: 0.5, gateways: [1], namespace: 'load', there: undefined },
    })
  })

  it('is one gateway and then two of its own', () => {
    assert.deepEqual(wishesFrom(['mixed'], { scale: '1', gateways: '1,2' }).gateways, [1, 2])
  })

  it('is gateways that run somewhere, all of them unless told otherwise', () => {
    const two = { ...there, url: ['https://one.example.com/api/v1', 'http://two.example.com:8080'] }
    const wishes = wishesFrom(['mixed'], { scale: '1', ...two })
    assert.deepEqual(wishes.there?.urls, ['https://one.example.com', 'http://two.example.com:8080'])
    assert.deepEqual([wishes.gateways, wishes.namespace], [[2], 'trial'])
  })

  const senseless: [names: string[], flags: Partial<Flags>, says: RegExp][] = [
    [[], {}, /^which scenario\? warm-up, .*burst.* or all$/],
    [['rush'], {}, /^there is no scenario "rush": warm-up, /],
    [['all'], { scale: '0' }, /^--scale: "0" is not a number above 0/],
    [['all'], { scale: 'x' }, /^--scale: "x" is not a number above 0/],
    [['all'], { scale: '11' }, /up to 10$/],
    [['all'], { gateways: '1,1' }, /^--gateways: "1,1" is not a list of different whole numbers/],
    [['all'], { gateways: '0' }, /^--gateways: "0" is not/],
    [['all'], { gateways: '9' }, /^--gateways: 9 are more than 8/],
    [['all'], { ...there, gateways: '2' }, /^--gateways: 2 gateways need as many --url, and there are 1$/],
    [['all'], { url: there.url, namespace: 'trial' }, /^--url needs --token-file: /],
    [['all'], { url: there.url, 'token-file': 'token' }, /^--url needs --namespace: /],
    [['all'], { ...there, url: ['gateway.example.com'] }, /^--url: "gateway\.example\.com" is not a gateway's address/],
    [['all'], { ...there, url: ['https://example.com/shop'] }, /is not a gateway's address/],
    [['all'], { 'token-file': 'token' }, /^--token-file goes with --url: /],
    [['all'], { kubeconfig: 'file' }, /^--kubeconfig goes with --url: /],
  ]
  for (const [names, flags, says] of senseless)
    it(`is refused with ${says}`, () => assert.match(complaint(names, flags), says))
})
