import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { helm } from './helm.ts'

const left = 'job,serviceaccount,role,rolebinding,clusterrole,clusterrolebinding'

describe('An uninstall whose Job has failed', () => {
  it('leaves nothing behind after what docs/install.md says', async function () {
    this.timeout(120_000)
    const server = await testbed().ownApiServer()
    const kubectl = testbed().kubectlOf(server)
    const found = async () => {
      const ours = ['-l', 'app.kubernetes.io/instance=kbnt-operator', '-o', 'name']
      return (await kubectl(['get', left, '-n', 'kbnt-system', ...ours])).stdout.trim()
    }
    const run = (...args: string[]) =>
      helm(...args, '-n', 'kbnt-system', '--kubeconfig', server.kubeconfigPath, '--timeout=5s')
    await kubectl(['create', 'namespace', 'kbnt-system'])
    const installed = await run('install', 'kbnt-operator', 'charts/kbnt-operator')
    assert.equal(installed.exitCode, 0, installed.stderr)
    assert.notEqual((await run('uninstall', 'kbnt-operator')).exitCode, 0) // no kubelet runs its Job
    const gone = await run('uninstall', 'kbnt-operator', '--no-hooks')
    assert.equal(gone.exitCode, 0, gone.stderr)
    assert.match(await found(), /job.batch\/kbnt-operator-uninstall/)
    const page = await readFile(join(projectDirectory, 'docs/install.md'), 'utf8')
    const [, command = ''] = /^kubectl (delete job .*)$/m.exec(page) ?? []
    const { code, stderr } = await kubectl([...command.split(' '), '--cascade=background'])
    assert.equal(code, 0, stderr)
    assert.equal(await found(), '')
  })
})
