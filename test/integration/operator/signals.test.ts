import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

/** The operator holds a second signal that comes sooner for the first one. */
const SAME_SIGNAL_MS = 1_000

describe('the operator, asked to end by signals,', () => {
  let api: ApiServer
  let operator: OperatorProcess | undefined

  before(async () => {
    api = await testbed().ownApiServer()
  })
  afterEach(async () => {
    signalApi('SIGCONT')
    await operator?.dispose()
    operator = undefined
  })

  const signalApi = (signal: NodeJS.Signals) => process.kill(api.apiServer.pid() ?? 0, signal)
  const leaseHolder = async () => {
    const path = 'jsonpath={.spec.holderIdentity}'
    const { code, stdout } = await testbed().kubectlOf(api)(['get', 'lease', 'kbnt-operator', '-o', path])
    return { code, stdout }
  }
  /** One that has begun to end and can't, for the API server does not answer. */
  async function ending(): Promise<OperatorProcess> {
    operator = operatorProcess({ kubeconfigPath: api.kubeconfigPath, namespaces: ['default'] })
    await operator.start()
    signalApi('SIGSTOP')
    operator.signal('SIGTERM')
    await operator.untilLogged(({ message }) => message.startsWith('stops: '))
    return operator
  }

  it('ends cleanly when its whole process group gets one, and so gets two', async () => {
    const flags = ['--kubeconfig', api.kubeconfigPath, '--metrics-port', '0', '--health-port', '0']
    const script = [join(projectDirectory, 'hack/run.mjs'), 'operator/main.ts', ...flags]
    const started = spawn(process.execPath, script, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    for await (const text of started.stdout.iterator({ destroyOnReturn: false })) {
      said += text
      if (said.includes('"message":"leading"')) break
    }
    started.stdout.on('data', (text) => {
      said += text
    })
    process.kill(-(started.pid ?? 0), 'SIGTERM')
    const [code] = await once(started, 'exit')
    assert.equal(code, 0, said)
    assert.match(said, /"message":"stopped"/)
    assert.deepEqual(await leaseHolder(), { code: 0, stdout: '' })
  })

  it('takes a second one that comes at once for the first', async () => {
    const asked = await ending()
    asked.signal('SIGTERM')
    signalApi('SIGCONT')
    await asked.untilEnded(30_000)
    assert.equal(asked.logs().at(-1)?.message, 'stopped')
    assert.deepEqual(await leaseHolder(), { code: 0, stdout: '' })
  })

  it('ends at once when it is asked again later', async () => {
    const asked = await ending()
    await pause(SAME_SIGNAL_MS + 100)
    asked.signal('SIGTERM')
    await asked.untilEnded(30_000)
    assert.equal(asked.logs().at(-1)?.message, "can't go on, exits: SIGTERM once more")
  })
})
