import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type Testbed, testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const shop = 'begin'
const user = 'kbnt-begins'
const crds = join(projectDirectory, 'crds')

describe('The operator begins', function () {
  this.timeout(90_000)
  let server: ApiServer
  let kubectl: Testbed['kubectl']
  let operator: OperatorProcess

  const done = async (...args: Parameters<Testbed['kubectl']>) => {
    const { code, stderr } = await kubectl(...args)
    assert.equal(code, 0, stderr)
  }
  const begun = async (kubeconfigPath: string) => {
    operator = operatorProcess({ kubeconfigPath, namespaces: [shop], until: 'started' })
    await operator.start()
  }
  const leads = () => operator.untilLogged(({ message }) => message === 'leading', 30_000)
  async function unready(): Promise<string> {
    const unmet = async () => {
      const { text } = await operator.health('/readyz')
      return text.includes('[-]start failed') ? text : undefined
    }
    const text = await until('health that says why', 10_000, unmet)
    assert.equal((await operator.health('/livez')).status, 200)
    return text
  }

  before(async () => {
    server = await testbed().bareApiServer()
    kubectl = testbed().kubectlOf(server)
    await done(['create', 'namespace', shop])
  })
  afterEach(() => operator.dispose())

  it('when the kinds are there; until then it says that they are missing, and tries nothing', async () => {
    await begun(server.kubeconfigPath)
    assert.match(
      await unready(),
      /does not serve VirtualStock, .* of kbnt.io.*helm upgrade --install kbnt-operator-crds/,
    )
    assert.equal((await kubectl(['get', 'leases', '-n', shop, '-o', 'name'])).stdout, '')
    await done(['apply', '--server-side', '-f', crds])
    await leads()
    assert.equal((await operator.health('/readyz')).status, 200)
  })

  it('when the kinds are new enough; until then it says that they are too old', async () => {
    const file = readdirSync(crds).find((name) => name.startsWith('eventspools'))
    const text = readFileSync(join(crds, file ?? ''), 'utf8')
    await done(['apply', '--server-side', '--force-conflicts', '-f', '-'], text.replace(/ Schema version \d+\./, ''))
    await begun(server.kubeconfigPath)
    assert.match(await unready(), /too old \(schema version of EventSpool 0; needed: 1\)/)
    await done(['apply', '--server-side', '--force-conflicts', '-f', crds])
    await leads()
  })

  it('when it has the rights to lead; until then it says which are missing, once, and what to do', async () => {
    await begun(await server.kubeconfigFor(user))
    const said =
      /list, .*eventspools.kbnt.io in namespace begin; create leases.coordination.k8s.io in namespace begin.*helm upgrade/
    assert.match(await unready(), said)
    const told = () => operator.logs().filter(({ message }) => message.startsWith('rights are missing: '))
    assert.match(told()[0]?.message ?? '', /get, list, watch, patch virtualstocks.kbnt.io in namespace begin/)
    assert.ok(operator.logs().length < 10, 'it does not flood its log')

    const right = ['--verb=get,list,watch,patch,create,delete,update', '-n', shop]
    const own = 'eventspools.kbnt.io,leases.coordination.k8s.io'
    const kinds = [
      'virtualstocks',
      'reservations',
      'vmachines',
      'vstorages',
      'vnetworks',
      'vrequests',
      'orders',
    ].flatMap((kind) => [`${kind}.kbnt.io`, `${kind}.kbnt.io/status`])
    await done(['create', 'role', 'kbnt', ...right, `--resource=${[own, ...kinds].join()}`])
    await done(['create', 'rolebinding', 'kbnt', '-n', shop, '--role=kbnt', `--user=${user}`])
    await leads()
    // another one where it asked while they came
    assert.equal(new Set(told().map(({ message }) => message)).size, told().length)
  })
})
