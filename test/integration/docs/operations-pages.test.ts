import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { silent } from '../../../hack/testbed/progress.ts'
import { findOnPath, runProgram } from '../../../hack/testbed/run-program.ts'
import { serverBinaries } from '../../../hack/testbed/server-binaries.ts'
import { testbed } from '../../fixtures/testbed.ts'

/** Every block of these pages is commands for a cluster that has what `given` makes. */
const pages = [
  {
    path: 'docs/alerts.md',
    given: ['create namespace monitoring'],
    shows: /configmap\/kbnt-kube-state-metrics created/,
  },
  { path: 'docs/security.md', given: ['create namespace shop'], shows: /namespace\/shop labeled/ },
  {
    path: 'config/argocd/README.md',
    given: ['create namespace argocd', 'create configmap argocd-cm -n argocd'],
    shows: /^(configmap\/argocd-cm patched\n){7}$/,
  },
] as const

const jq = await findOnPath('jq', process.env)

describe('The pages for operations', () => {
  let environment: NodeJS.ProcessEnv
  let kubectl: ReturnType<ReturnType<typeof testbed>['kubectlOf']>

  before(async function () {
    this.timeout(60_000)
    const server = await testbed().ownApiServer()
    kubectl = testbed().kubectlOf(server)
    const { kubectl: program } = await serverBinaries(process.env, silent)
    const { kubeconfigPath } = server
    environment = { ...process.env, KUBECONFIG: kubeconfigPath, PATH: `${dirname(program)}:${process.env['PATH']}` }
  })

  for (const { path, given, shows } of pages)
    it(`give commands that work: ${path}`, async function () {
      this.timeout(30_000)
      const page = await readFile(join(projectDirectory, path), 'utf8')
      const blocks = [...page.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, commands = '']) => commands)
      assert.ok(blocks.length > 0)
      if (!jq && page.includes('jq')) return this.skip() // the page says that it is needed
      for (const command of given) assert.equal((await kubectl(command.split(' '))).code, 0, command)
      let said = ''
      for (const commands of blocks) {
        const run = { command: 'bash', arguments: ['--norc', '-euo', 'pipefail', '-c', commands] }
        const { exitCode, stdout, stderr } = await runProgram({ ...run, directory: projectDirectory, environment })
        assert.deepEqual([exitCode, stderr], [0, ''], commands)
        said += stdout
      }
      assert.match(said, shows)
    })

  it('left the script with Argo CD as it is in its file', async function () {
    if (!jq) return this.skip()
    const { stdout } = await kubectl(['get', 'configmap', 'argocd-cm', '-n', 'argocd', '-o', 'json'])
    const { data } = JSON.parse(stdout) as { data: Record<string, string> }
    const script = await readFile(join(projectDirectory, 'config/argocd/health.lua'), 'utf8')
    for (const kind of [
      'VirtualStock',
      'Reservation',
      'VirtualMachine',
      'VirtualStorage',
      'VirtualNetwork',
      'VirtualizationRequest',
      'Order',
    ])
      assert.equal(data[`resource.customizations.health.kbnt.io_${kind}`], script)
  })
})
