import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { findOnPath, runProgram } from '../../../hack/testbed/run-program.ts'
import { schemaAt, schemaOf } from '../../fixtures/crd-schemas.ts'
import { type Manifest, manifestsIn, rendered } from './helm.ts'

const path = join(projectDirectory, 'config/argocd/health.lua')
const found = await Promise.all(['lua', 'lua5.1', 'luajit', 'lua5.4'].map((name) => findOnPath(name, process.env)))
const lua = found.find((program) => program !== undefined)

/** A JSON value as Lua writes it. */
function luaOf(value: unknown): string {
  if (value === undefined || value === null) return 'nil'
  if (Array.isArray(value)) return `{${value.map(luaOf).join(', ')}}`
  if (typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, each]) => `[${JSON.stringify(name)}] = ${luaOf(each)}`)
    .join(', ')}}`
}

const ready = (status: string, reason = 'Ready') => [
  { type: 'Overcommitted', status: 'False' },
  { type: 'Ready', status, reason, message: 'm' },
]
const stock = (conditions: object[], generation = 1) => ({
  kind: 'VirtualStock',
  metadata: { generation },
  status: { observedGeneration: 1, conditions },
})
const reservation = (phase: string, state?: string) => ({
  kind: 'Reservation',
  metadata: {},
  spec: { state },
  status: { phase, message: 'm' },
})
const machine = (phase: string, conditions: object[] = []) => ({
  kind: 'VirtualMachine',
  metadata: {},
  spec: {},
  status: { phase, message: 'm', conditions },
})

const request = (phase: string) => ({
  kind: 'VirtualizationRequest',
  metadata: {},
  spec: {},
  status: { phase, message: 'm' },
})

const order = (phase: string) => ({ kind: 'Order', metadata: {}, spec: {}, status: { phase, message: 'm' } })

const cases: readonly (readonly [string, object, string])[] = [
  ['a stock that nobody has looked at', { kind: 'VirtualStock', metadata: {} }, 'Progressing'],
  ['a stock that is Ready', stock(ready('True')), 'Healthy'],
  ['a stock whose spec was just changed', stock(ready('True'), 2), 'Progressing'],
  ['a stock that is paused', stock(ready('False', 'Paused')), 'Suspended'],
  ['a stock that is being deleted', stock(ready('False', 'Terminating')), 'Progressing'],
  ['a stock whose books are lost', stock(ready('False', 'StatusLost')), 'Degraded'],
  ['a hold', reservation('Reserved'), 'Healthy'],
  ['a hold that is to be confirmed', reservation('Reserved', 'Confirmed'), 'Progressing'],
  ['a confirmed reservation', reservation('Confirmed', 'Confirmed'), 'Healthy'],
  ['a reservation that waits', reservation('Waiting'), 'Progressing'],
  ['a released reservation', reservation('Released', 'Released'), 'Healthy'],
  ['a rejected reservation', reservation('Rejected'), 'Degraded'],
  ['an expired reservation', reservation('Expired', 'Confirmed'), 'Degraded'],
  ['a machine that boots', machine('Provisioning'), 'Progressing'],
  ['a machine that runs', machine('Running', ready('True')), 'Healthy'],
  ['a machine that runs and is not ready', machine('Running', ready('False')), 'Progressing'],
  ['a machine that was stopped', machine('Stopped'), 'Suspended'],
  ['a machine that failed', machine('Failed'), 'Degraded'],
  ['a storage that is allocated', { ...machine('Allocated', ready('True')), kind: 'VirtualStorage' }, 'Healthy'],
  ['a storage on its way', { ...machine('Allocating'), kind: 'VirtualStorage' }, 'Progressing'],
  ['a network that is active', { ...machine('Active', ready('True')), kind: 'VirtualNetwork' }, 'Healthy'],
  ['a network that was refused', { ...machine('Failed'), kind: 'VirtualNetwork' }, 'Degraded'],
  ['a storage that was given up', { ...machine('Failed'), kind: 'VirtualStorage' }, 'Degraded'],
  ['a request on its way', request('Working'), 'Progressing'],
  ['a request that was completed', request('Completed'), 'Healthy'],
  ['a request that failed', request('Failed'), 'Degraded'],
  ['an order on its way', order('Paying'), 'Progressing'],
  ['an order that is complete', order('Completed'), 'Healthy'],
  ['an order that needs attention', order('NeedsAttention'), 'Degraded'],
]

describe('The health script for Argo CD', () => {
  it('knows only phases that the kinds have', async () => {
    const script = await readFile(path, 'utf8')
    const named = [...script.matchAll(/phase == '(\w+)'/g)].map(([, phase]) => phase)
    assert.ok(named.length >= 6)
    const phases = [
      'Reservation',
      'VirtualMachine',
      'VirtualStorage',
      'VirtualNetwork',
      'VirtualizationRequest',
      'Order',
    ].flatMap((kind) => (schemaAt(schemaOf(kind), ['status', 'phase']) as { enum?: string[] }).enum ?? [])
    assert.deepEqual(
      named.filter((phase) => !phases.includes(phase ?? '')),
      [],
    )
  })
})

const title = lua
  ? 'The health script for Argo CD says'
  : 'The health script for Argo CD (skipped: no lua on PATH; Debian has it in the package lua5.1) says'

;(lua ? describe : describe.skip)(title, () => {
  for (const [what, object, want] of cases)
    it(`that ${what} is ${want}`, async () => {
      const script = await readFile(path, 'utf8')
      const program = `obj = ${luaOf(object)}\nlocal result = (function()\n${script}\nend)()\nio.write(result.status)`
      const { exitCode, stdout, stderr } = await runProgram({ command: lua ?? '', arguments: ['-e', program] })
      assert.deepEqual([exitCode, stdout, stderr], [0, want, ''])
    })
})

describe('An Application that Argo CD deletes', () => {
  it('loses the operator before what the operator needs to its end', async () => {
    const manifests = manifestsIn(await rendered('kbnt-operator')).filter(
      ({ metadata }) => !metadata.annotations?.['helm.sh/hook'],
    )
    const wave = ({ metadata }: Manifest) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0)
    const operator = manifests.find(({ kind }) => kind === 'Deployment') as Manifest
    const needed = manifests.filter(
      ({ kind, metadata }) =>
        /^(ServiceAccount|(Cluster)?Role|(Cluster)?RoleBinding|NetworkPolicy)$/.test(kind) &&
        !/[.-](view|edit|admin|hooks)$/.test(metadata.name),
    )
    assert.equal(needed.length, 6) // the account, two roles, two bindings, the way to the API server
    for (const each of needed) assert.ok(wave(each) < wave(operator), `${each.kind} ${each.metadata.name}`)
  })
})
