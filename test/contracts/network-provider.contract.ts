import assert from 'node:assert/strict'
import type { NetworkProvider } from '../../operator/application/network/network-kind.ts'
import type { Network } from '../../operator/domain/network/network.ts'
import { afterNetworkSituations, networkFacts, saidOfNetwork } from '../fixtures/network-builders.ts'

export interface NetworkProviderUnderTest {
  readonly provider: NetworkProvider
  /** A network that nobody has provided yet, of its own name and uid. */
  newNetwork(): Network
  /** How many of it its provider has; absent where there is nothing to be counted. */
  count?(network: Network): Promise<number>
}

/** What every NetworkProvider promises. */
export function networkProviderContract(name: string, open: () => Promise<NetworkProviderUnderTest>): void {
  describe(`${name} as a NetworkProvider`, () => {
    let subject: NetworkProviderUnderTest
    before(async () => {
      subject = await open()
    })

    async function active(from: Network): Promise<Network> {
      const provided = await subject.provider.ensure(from)
      assert.equal(provided.kind, 'active')
      return afterNetworkSituations(from, [saidOfNetwork(provided), networkFacts({ provider: subject.provider.name })])
    }
    async function removed(network: Network): Promise<void> {
      for (let asked = 0; asked < 20; asked += 1) if ((await subject.provider.remove(network)).kind === 'gone') return
      throw new Error(`${network.name} does not go`)
    }

    it('can make networks where it is there', async () => {
      assert.equal(await subject.provider.unavailable('shop'), undefined)
    })

    it('makes a network, and answers the same about it each time', async () => {
      const network = subject.newNetwork()
      const provided = await subject.provider.ensure(network)
      const made = await active(network)
      assert.deepEqual(await subject.provider.ensure(made), provided)
      assert.deepEqual(await subject.provider.ensure(made), provided)
    })

    it('makes one of two calls that know nothing of each other', async () => {
      const network = subject.newNetwork()
      const [one, other] = await Promise.all([subject.provider.ensure(network), subject.provider.ensure(network)])
      assert.equal(one.kind, 'active')
      assert.deepEqual(one, other)
      assert.equal((await subject.count?.(network)) ?? 1, 1)
    })

    it('takes a network away and goes on saying that it is gone', async () => {
      const network = await active(subject.newNetwork())
      await removed(network)
      assert.deepEqual(await subject.provider.remove(network), { kind: 'gone' })
      assert.equal((await subject.count?.(network)) ?? 0, 0)
    })

    it('says of a network that never was that it is gone', async () => {
      assert.deepEqual(await subject.provider.remove(subject.newNetwork()), { kind: 'gone' })
    })
  })
}
