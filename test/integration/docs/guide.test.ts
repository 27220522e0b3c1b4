import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { silent } from '../../../hack/testbed/progress.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { serverBinaries } from '../../../hack/testbed/server-binaries.ts'
import { type GatewayProcess, gatewayProcess } from '../../fixtures/gateway-process.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

interface Step {
  readonly commands: string
  /** What its output must contain. */
  readonly shows: string | undefined
}

/** The `sh` blocks of a page, each with the `text` block that follows it. */
function stepsOf(page: string): Step[] {
  const blocks = [...page.matchAll(/^```(sh|text)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({ kind, text }))
  return blocks.flatMap(({ kind, text }, index) => {
    const next = blocks[index + 1]
    return kind === 'sh' ? [{ commands: text, shows: next?.kind === 'text' ? next.text.trim() : undefined }] : []
  })
}

const pages = [
  { page: 'first-ten-minutes', atLeast: 7 },
  { page: 'machines', atLeast: 10 },
  { page: 'storages', atLeast: 3 },
  { page: 'networks', atLeast: 3 },
  { page: 'requests', atLeast: 4 },
  { page: 'gateway', atLeast: 8 },
] as const

describe('the guide', () => {
  let operator: OperatorProcess
  let gateway: GatewayProcess
  let directory: string
  let environment: NodeJS.ProcessEnv

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath, kubectl } = testbed()
    const { kubectl: program } = await serverBinaries(process.env, silent)
    environment = { ...process.env, KUBECONFIG: kubeconfigPath, PATH: `${dirname(program)}:${process.env['PATH']}` }
    await kubectl(['create', 'namespace', 'guide-operator'])
    operator = operatorProcess({
      kubeconfigPath,
      namespaces: ['guide-operator', 'tour', 'rack', 'archive', 'wires', 'desk', 'web'],
      settings: { leaderElection: calmLease },
    })
    await operator.start()
    gateway = gatewayProcess({
      kubeconfigPath,
      namespaces: ['guide-operator', 'web'],
      settings: { gateway: { port: 0, tokens: { audience: 'kbnt-gateway' } } },
    })
    await gateway.start()
    environment['GATEWAY'] = gateway.url()
    directory = await mkdtemp(join(tmpdir(), 'kbnt-guide-'))
  })
  after(async () => {
    await gateway?.dispose()
    await operator?.dispose()
    await rm(directory, { recursive: true, force: true })
  })

  for (const { page, atLeast } of pages)
    it(`says in ${page} what really happens, command by command`, async function () {
      this.timeout(180_000)
      const steps = stepsOf(await readFile(join(projectDirectory, `docs/guide/${page}.md`), 'utf8'))
      assert.ok(steps.length >= atLeast, `only ${steps.length} steps were found`)
      for (const { commands, shows } of steps) {
        const { exitCode, stdout, stderr } = await runProgram({
          command: 'bash',
          arguments: ['-euc', commands],
          environment,
          directory,
        })
        assert.equal(exitCode, 0, `${commands}\n${stdout}${stderr}`)
        if (shows !== undefined)
          assert.ok(stdout.includes(shows), `${commands}\nshould show: ${shows}\nshows: ${stdout}`)
      }
    })
})
