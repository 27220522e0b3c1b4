import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import { helm, manifestsIn, rendered } from './helm.ts'

/** Settings as people give them: in a file, whose numbers helm reads in its own way. */
async function withValuesFile<T>(settings: object, use: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-values-'))
  try {
    const path = join(directory, 'values.yaml')
    await writeFile(path, stringify({ settings }))
    return await use(path)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const settingsFileFor = (settings: object) =>
  withValuesFile(settings, async (path) => {
    const manifests = manifestsIn(await rendered('kbnt-operator', '--values', path))
    const { data } = manifests.find(({ kind }) => kind === 'ConfigMap') as unknown as {
      readonly data: { readonly 'settings.yaml': string }
    }
    return data['settings.yaml']
  })

const whatTheOperatorReads = (text: string) =>
  readSettings({ argv: ['--config', 'settings.yaml'], env: {}, readFile: () => text })

/** Every setting with its default, less those that the chart decides, and the workers'. */
async function allSettings(): Promise<Record<string, object>> {
  const all = parse(await readFile(join(projectDirectory, 'config/default-settings.yaml'), 'utf8'))
  const { watchNamespaces: _namespaces, health: _health, databases: _databases, worker: _worker, ...settings } = all
  for (const [group, name] of [
    ['kafka', 'brokers'],
    ['leaderElection', 'leaseName'],
    ['metrics', 'port'],
    ['gateway', 'port'],
  ] as const)
    delete settings[group][name]
  return settings
}

const wrong: readonly { readonly settings: object; readonly says: RegExp }[] = [
  { settings: { retentoin: {} }, says: /at '\/settings': additional properties 'retentoin' not allowed/ },
  { settings: { log: { level: 'loud' } }, says: /at '\/settings\/log\/level': value must be one of 'debug', 'info'/ },
  { settings: { metrics: { maxStocks: 'many' } }, says: /\/settings\/metrics\/maxStocks': got string, want integer/ },
  { settings: { shutdownGrace: '20 s' }, says: /\/settings\/shutdownGrace': '20 s' does not match pattern/ },
  {
    settings: { retention: { finishedMax: -1 } },
    says: /\/settings\/retention\/finishedMax': minimum: got -1, want 0/,
  },
  { settings: { events: { routes: [{}] } }, says: /\/settings\/events\/routes\/0': missing property 'topic'/ },
  { settings: { kafka: { ssl: { certFile: 'a' } } }, says: /'keyFile' required, if 'certFile' exists/ },
]

const decided: readonly { readonly settings: object; readonly says: RegExp }[] = [
  { settings: { watchNamespaces: 'own' }, says: /settings\.watchNamespaces .* the value watchNamespaces/ },
  { settings: { kafka: { brokers: ['a:9092'] } }, says: /settings\.kafka\.brokers .* the value kafka\.brokers/ },
  { settings: { databases: {} }, says: /settings\.databases .* the value databases/ },
  { settings: { leaderElection: { leaseName: 'a' } }, says: /settings\.leaderElection\.leaseName .* fullnameOverride/ },
  { settings: { leaderElection: { namespace: 'a' } }, says: /settings\.leaderElection\.namespace .* of the release/ },
  { settings: { metrics: { port: 9000 } }, says: /settings\.metrics\.port .* it is 8080/ },
  { settings: { health: { port: 9000 } }, says: /settings\.health\.port .* it is 8081/ },
  {
    settings: { gateway: { historyDatabase: 'past' } },
    says: /settings\.gateway\.historyDatabase .* flows\.history\.database\.gatewaySecret/,
  },
  {
    settings: { gateway: { consumptionDatabase: 'rows' } },
    says: /settings\.gateway\.consumptionDatabase .* flows\.integration\.database\.gatewaySecret/,
  },
  { settings: { gateway: { port: 9000 } }, says: /settings\.gateway\.port .* it is 8090/ },
  {
    settings: { gateway: { tls: { certFile: 'a', keyFile: 'b' } } },
    says: /settings\.gateway\.tls .* gateway\.tls\.secret/,
  },
  { settings: { worker: { flows: ['alerts'] } }, says: /settings\.worker\.flows .* flows\.FLOW\.enabled/ },
  { settings: { worker: { database: 'own' } }, says: /settings\.worker\.database .* flows\.FLOW\.database/ },
  {
    settings: { worker: { logAlerts: { alertmanagers: [{ url: 'http://a' }] } } },
    says: /settings\.worker\.logAlerts\.alertmanagers .* flows\.logAlerts\.alertmanagers/,
  },
  {
    settings: { worker: { alerts: { alertmanagers: [{ url: 'http://a' }] } } },
    says: /settings\.worker\.alerts\.alertmanagers .* flows\.alerts\.alertmanagers/,
  },
]

describe('Settings in the values of the chart', () => {
  it('are taken, each of them, and mean to the operator what they mean without the chart', async () => {
    const settings = await allSettings()
    const { leaderElection, ...others } = whatTheOperatorReads(await settingsFileFor(settings))
    const { leaderElection: alone, ...wanted } = whatTheOperatorReads(stringify(settings))
    assert.deepEqual(others, wanted)
    assert.deepEqual(leaderElection, { ...alone, namespace: 'kbnt-system' })
  })

  it('have the databases of the values, for the operator and for the gateway alike', async () => {
    const given = {
      default: { secret: 'app', gatewaySecret: 'gateway', caSecret: 'ca', namespaces: ['shop'] },
      desk: { url: 'postgres://kbnt@desk/kbnt', secret: 'desk', certificateSecret: 'own', durability: 'local' },
      open: {
        secret: 'open',
        allowUnencryptedLogin: true,
        maxOutboxBytes: 1_048_576,
        maxLiveReservations: 7,
        gatewayRole: 'seller',
      },
    }
    const args = ['--set', 'gateway.enabled=true', '--set-json', `databases=${JSON.stringify(given)}`]
    const maps = manifestsIn(await rendered('kbnt-operator', ...args)).filter(({ kind }) => kind === 'ConfigMap')
    const texts = maps.flatMap(({ data }) => (data as Record<string, string>)['settings.yaml'] ?? [])
    assert.equal(texts.length, 2)
    const rest = {
      allowUnencrypted: false,
      serves: 'stocks',
      durability: 'required',
      namespaces: '*',
      maxOutboxBytes: 4_294_967_296,
      maxLiveReservations: 1_000_000,
    }
    const desk = ['ca.crt', 'tls.crt', 'tls.key'].map((file) => `/etc/kbnt/postgrescert-desk/${file}`)
    for (const text of texts)
      assert.deepEqual(whatTheOperatorReads(text).databases, {
        default: {
          ...{ ...rest, folder: '/etc/kbnt/postgres-default', namespaces: ['shop'] },
          tls: { caFile: '/etc/kbnt/postgresca-default/ca.crt' },
        },
        desk: {
          ...{ ...rest, url: given.desk.url, durability: 'local', passwordFile: '/etc/kbnt/postgres-desk/password' },
          tls: { certFile: desk[1], keyFile: desk[2] },
        },
        open: {
          ...{ ...rest, folder: '/etc/kbnt/postgres-open', allowUnencrypted: true },
          ...{ maxOutboxBytes: 1_048_576, maxLiveReservations: 7, gatewayRole: 'seller' },
        },
      })
  })

  const saysOf = (command: readonly string[], settings: object) =>
    withValuesFile(settings, async (path) => {
      const chart = ['charts/kbnt-operator', '--set', 'crds.check=false', '--values', path]
      const { exitCode, stdout, stderr } = await helm(...command, ...chart)
      assert.deepEqual([command, exitCode], [command, 1], stdout)
      return stdout + stderr
    })
  const install = ['install', 'kbnt-operator', '--dry-run=client']

  for (const { settings, says } of wrong)
    it(`are refused by helm lint, and by an install, where they are ${JSON.stringify(settings)}`, async () => {
      assert.match(await saysOf(['lint'], settings), says)
      assert.match(await saysOf(install, settings), says)
    })

  for (const { settings, says } of decided) // helm lint reads over what a template refuses
    it(`are refused where other values decide, as with ${JSON.stringify(settings)}`, async () => {
      assert.match(await saysOf(install, settings), says)
    })
})
