import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { ApiError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import { servedNamespaces } from '../../../../operator/infrastructure/kubernetes/served-namespaces.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const forbidden = new ApiError(403, { kind: 'Status', reason: 'Forbidden', message: 'forbidden' })

function someNamespaces(namespaces: readonly string[]) {
  const clock = fakeClock()
  const told: string[] = []
  const changes: [number, readonly string[]][] = []
  const end = { ended: false }
  const served = servedNamespaces({
    namespaces,
    clock,
    onUnserved: (namespace) => (reason) => told.push(`${namespace}: ${reason}`),
    onChange: (count, unlisted) => changes.push([count, unlisted]),
    ended: () => end.ended,
  })
  return { clock, told, changes, end, served }
}

describe('servedNamespaces', () => {
  it('answers what came, and says which namespace could not be listed', async () => {
    const { served, changes } = someNamespaces(['a', 'b'])
    const answers = await served.ask(['a', 'b'], async (namespace) => {
      if (namespace === 'b') throw forbidden
      return 7
    })
    assert.deepEqual([...answers], [['a', 7]])
    served.serve(['a'])
    assert.deepEqual(
      [served.serves('a'), served.serves('b'), [...served.unlisted]],
      [true, false, [['b', 'forbidden']]],
    )
    assert.deepEqual(changes, [[1, ['b']]])
  })

  it('throws when none could be listed', async () => {
    const { served } = someNamespaces(['a', 'b'])
    await assert.rejects(
      served.ask(['a', 'b'], () => Promise.reject(forbidden)),
      forbidden,
    )
  })

  it('tries again what fails for another reason than a missing right, and then leaves it for later', async () => {
    const { served, clock } = someNamespaces(['a', 'b'])
    const tries: string[] = []
    const asked = served.ask(['a', 'b'], async (namespace = '') => {
      tries.push(namespace)
      if (namespace === 'b' || tries.length < 3) throw new Error('busy')
      return 7
    })
    await clock.advance(10_000)
    assert.deepEqual([...(await asked)], [['a', 7]])
    assert.equal(tries.filter((namespace) => namespace === 'b').length, 5)
  })

  it('tries those that are not served until they are, and tells why at first and after each try', async () => {
    const { served, clock, told } = someNamespaces(['a', 'b'])
    served.serve(['a'])
    let tries = 0
    served.takeUpOthers(async (namespace) => {
      tries += 1
      if (tries < 8) throw forbidden
      served.serve([namespace])
    })
    assert.equal(told.length, 1)
    await clock.advance(200_000)
    assert.deepEqual(told, ['b: ', ...Array(7).fill('b: forbidden')])
    assert.deepEqual([tries, served.serves('b'), served.unlisted.size], [8, true, 0])
    await clock.advance(200_000)
    assert.equal(tries, 8)
  })

  it('tries nothing any more when all has ended', async () => {
    const { served, clock, end } = someNamespaces(['a', 'b'])
    served.serve(['a'])
    let tries = 0
    served.takeUpOthers(() => {
      tries += 1
      return Promise.reject(forbidden)
    })
    end.ended = true
    await clock.advance(60_000)
    await turn()
    assert.equal(tries, 0)
  })
})
