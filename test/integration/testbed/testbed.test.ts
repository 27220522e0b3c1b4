import assert from 'node:assert/strict'
import { testbed } from '../../fixtures/testbed.ts'

describe('the test bed', () => {
  it('serves the CRDs to the admin', async () => {
    const { stdout } = await testbed().kubectl(['get', 'crds', '-o', 'name'])
    assert.match(stdout, /virtualstocks[.]kbnt[.]io/)
  })

  it('refuses somebody whom no role names', async () => {
    const kubeconfig = await testbed().kubeconfigFor('ana', ['shoppers'])
    const { code, stderr } = await testbed().kubectlOf({ kubeconfigPath: kubeconfig })(['get', 'virtualstocks'])
    assert.equal(code, 1)
    assert.match(stderr, /User "ana" cannot list resource "virtualstocks"/)
  })

  it('keeps its data over a restart of an own API server', async () => {
    const server = await testbed().ownApiServer()
    const kubectl = testbed().kubectlOf(server)
    await kubectl(['create', 'namespace', 'kept'])
    await server.kill()
    await server.start()
    assert.equal((await kubectl(['get', 'namespace', 'kept', '-o', 'name'])).stdout.trim(), 'namespace/kept')
    await server.stop()
  })

  it('starts one Kafka for all who ask', async () => {
    const [first, second] = await Promise.all([testbed().kafka(), testbed().kafka()])
    assert.equal(first, second)
  })
})
