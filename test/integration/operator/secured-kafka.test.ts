import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { type ClientFiles, type OwnKafka, ownKafka, quiet } from '../kafka/own-kafka.ts'
import { type TokenEndpoint, tokenEndpoint } from '../kafka/token-endpoint.ts'

const namespace = 'secured-kafka'
const names = { caFile: 'ca.crt', certFile: 'user.crt', keyFile: 'user.key' } as const

/** Puts the files where the kubelet puts those of a Secret: behind a link that is exchanged as a whole. */
async function mount(volume: string, files: ClientFiles): Promise<ClientFiles> {
  const version = await mkdtemp(join(volume, '..version-'))
  for (const [file, name] of Object.entries(names))
    await copyFile(files[file as keyof ClientFiles], join(version, name))
  const renewed = join(volume, '..data-renewed')
  await symlink(basename(version), renewed)
  await rename(renewed, join(volume, '..data'))
  for (const name of Object.values(names))
    await symlink(join('..data', name), join(volume, name)).catch((error) => assert.equal(error.code, 'EEXIST'))
  const { caFile, certFile, keyFile } = names
  return { caFile: join(volume, caFile), certFile: join(volume, certFile), keyFile: join(volume, keyFile) }
}

describe('the operator, as the image has it, at a Kafka that asks who it is', function () {
  this.timeout(180_000)
  let directory: string
  let kafka: OwnKafka
  let endpoint: TokenEndpoint
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-secured-'))
    kafka = await ownKafka()
    endpoint = await tokenEndpoint(directory)
    shop = await observedNamespaces(testbed().kubeconfigPath, [namespace])
  })
  afterEach(() => operator?.dispose())
  after(async () => {
    await shop?.close()
    await endpoint?.close()
    await kafka?.end()
    await rm(directory, { recursive: true, force: true })
  })

  async function start(brokers: readonly string[], access: object): Promise<void> {
    operator = operatorProcess({
      kubeconfigPath: testbed().kubeconfigPath,
      namespaces: [namespace],
      kafkaBrokers: brokers.join(','),
      settings: { kafka: { createTopics: true, ...access } },
    })
    await operator.start()
    await operator.untilLogged(({ message }) => message === 'topics are there', 60_000)
  }
  /** Makes a stock and waits until its journal is empty; answers whether its event has arrived. */
  async function arrives(stock: string): Promise<boolean> {
    await shop.createStock(stock, { quantity: 1 })
    await shop.untilStock(stock, ({ status }) => status?.ledger.sequence === 1 && !status.ledger.pending?.length)
    const records = await readTopics({ connection: kafka.plain, topics: ['stock-audit-logs'], logger: quiet })
    return records.some(({ key }) => key === `${namespace}/${stock}`)
  }

  it('gets tokens and publishes with them', async () => {
    const clientSecretFile = join(directory, 'client-secret')
    await writeFile(clientSecretFile, 'hush&hush')
    const oauth = { tokenEndpointUri: endpoint.uri, clientId: 'kbnt', clientSecretFile, caFile: endpoint.caFile }
    const { caFile } = kafka.mutual.ssl
    await start(kafka.secure.brokers, { ssl: { caFile }, sasl: { mechanism: 'oauthbearer', oauth } })
    assert.ok(await arrives('by-token'))
  })

  it('shows its certificate, and goes on without a restart when another authority has made all anew', async () => {
    const volume = join(directory, 'certificates-of-the-operator')
    await mkdir(volume)
    await start(kafka.mutual.brokers, { ssl: await mount(volume, kafka.mutual.ssl) })
    assert.ok(await arrives('by-certificate'))

    const renewed = await kafka.replaceAuthority()
    await shop.createStock('meanwhile', { quantity: 1 })
    await operator.untilLogged(({ message }) => /^Kafka is away: .*\(kafka\.ssl\.caFile/.test(message), 60_000)
    await mount(volume, renewed)
    await operator.untilLogged(({ message }) => message.startsWith('Kafka answers again'), 60_000)
    assert.ok(await arrives('by-the-new-certificate'))
    const started = operator.logs().filter(({ message }) => message === 'leading')
    assert.equal(started.length, 1)
  })
})
