import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { producerSession } from '../../operator/infrastructure/kafka/producer-session.ts'
import { createTopics } from '../../operator/infrastructure/kafka/topics.ts'
import { type LetterBox, letterBox } from '../dead-letters/letter-box.ts'
import { redrive } from '../dead-letters/redrive.ts'
import { quiet } from '../quiet-logger.ts'
import { asJson, type Caller, call } from './http-door.ts'
import { ownProgram } from './own-program.ts'
import type { ShopFloor } from './shop-floor.ts'

/** Where the desk asks by the gateway, and what a robot asks for without it. */
const [DESK, LAB] = ['machines', 'lab']
const TOPIC = 'virtualization-requests'
export const DEAD_LETTERS = 'virtualization-dead-letter'
const LOOK_MS = 200
const WITHIN_MS = 60_000
const SEND_MS = 10_000
const FINAL: ReadonlySet<string> = new Set(['Completed', 'Failed', 'NotAccepted'])

const small = { cpu: 1, memory: '1Gi', disk: '5Gi', pool: 'us-east-1', provider: 'Simulated' }

type Tell = (line: string) => void

interface Request {
  readonly status: string
  readonly message?: string
  readonly trackingUrl: string
  readonly history?: readonly { readonly service: string; readonly operation: string; readonly at: string }[]
}

/**
 * A desk asks for machines over HTTP, and a robot by Kafka alone. Tells what becomes of four messages: one is completed,
 * one can never be, one is for a namespace that does not exist and becomes a dead letter, which goes back once there is one.
 */
export async function playRequests(shop: ShopFloor, brokers: string, tell: Tell): Promise<void> {
  await shop.apply('requests/20-desk.yaml')
  const token = await shop.show(['create', 'token', 'desk', '-n', DESK])
  const caller = { url: await shop.gateway.url(), token: token.trim() }
  const worker = ownProgram({
    ...{ name: 'worker', directory: shop.directory, started: 'partitions given out' },
    flags: ['--config', shop.settingsPath, '--kubeconfig', shop.kubeconfigPath, '--kafka-brokers', brokers],
  })
  shop.onEnd(() => worker.stop())
  const box = letterBox({ brokers: [brokers], clientId: 'quickstart' }, DEAD_LETTERS, quiet)
  shop.onEnd(() => box.close())

  await createTopics(
    { brokers: [brokers], clientId: 'quickstart' },
    [{ name: TOPIC, partitions: 1, appendTime: true }],
    quiet,
  )
  const asked = await ask(caller, 'DESK_7', small)
  tell(`POST /virtualize DESK_7    ${asked.status}: it is in ${TOPIC}, and waits for a worker`)
  await worker.start()
  const made = await untilOver(caller, asked)
  tell(`DESK_7                     ${made.status}: ${made.message}`)
  for (const { at, service, operation } of made.history ?? [])
    tell(`                             ${at.slice(11, 19)}  ${service.padEnd(16)} ${operation}`)

  const { status, message } = await untilOver(caller, await ask(caller, 'DESK_8', { ...small, cpu: 64 }))
  tell(`DESK_8, 64 vCPU            ${status}: ${message}`)
  await playDeadLetter(shop, { brokers, box, tell })
}

interface DeadLetterParts {
  readonly brokers: string
  readonly box: LetterBox
  readonly tell: Tell
}

async function playDeadLetter(shop: ShopFloor, { brokers, box, tell }: DeadLetterParts): Promise<void> {
  await sendFor(LAB, brokers)
  const letters = await until('the dead letter', async () => {
    const read = await box.read(() => true)
    return read.letters.length > 0 ? read : undefined
  })
  for (const { headers } of letters.letters) tell(`lab-robot                  dead letter: ${headers['kbnt_error']}`)
  await shop.show(['create', 'namespace', LAB])
  tell(
    `                           kubectl create namespace ${LAB}; npm run dead-letters -- redrive --topic ${DEAD_LETTERS}`,
  )
  await redrive(box, letters, (line) => tell(`                           ${line}`))
  const wait = ['wait', 'vreq', '--all', '-n', LAB, '--for=jsonpath={.status.phase}=Completed', '--timeout=5s']
  await until('the request of the lab', async () => ((await shop.show(wait)) === '' ? undefined : true))
  const machine = ['get', 'vreq', '-n', LAB, '-o', 'jsonpath={.items[0].status.message}']
  tell(`lab-robot                  Completed: ${await shop.show(machine)}`)
}

/** What the programs are told besides: one key signs and is believed, and a topic may ask for this and nothing else. */
export async function requestSettings(directory: string): Promise<object> {
  const signingKeyFile = join(directory, 'signing.key')
  await writeFile(signingKeyFile, randomBytes(32).toString('hex'), { mode: 0o600 })
  const source = {
    ...{ topic: TOPIC, namespaces: [DESK, LAB], types: ['CREATE_VIRTUAL_MACHINE'], users: ['lab-robot'] },
    ...{ pools: ['us-east-1'], poolNamespaces: [DESK], providers: ['Simulated'], signingKeyFiles: [signingKeyFile] },
  }
  return {
    gateway: { requests: { enabled: true, signingKeyFile } },
    worker: { flows: ['virtualization'], virtualization: { sources: [source], deadLetterTopic: DEAD_LETTERS } },
  }
}

async function ask(
  caller: Pick<Caller, 'url' | 'token'>,
  resourceId: string,
  specifications: object,
): Promise<Request> {
  const body = { type: 'CREATE_VIRTUAL_MACHINE', resourceId, specifications }
  return call<Request>(caller, '/virtualize', asJson(body, { 'idempotency-key': resourceId }))
}

async function untilOver(caller: Pick<Caller, 'url' | 'token'>, { trackingUrl }: Request): Promise<Request> {
  return until(trackingUrl, async () => {
    const request = await call<Request>(caller, trackingUrl.replace('/api/v1', ''))
    return FINAL.has(request.status) ? request : undefined
  })
}

/** As somebody does who knows nothing of us but the topic. */
async function sendFor(namespace: string, brokers: string): Promise<void> {
  const payload = {
    ...{ userId: 'lab-robot', namespace, virtualResourceId: 'BENCH_1' },
    specification: { ...small, poolNamespace: DESK },
  }
  const value = JSON.stringify({ messageId: 'lab-1', messageType: 'CREATE_VIRTUAL_MACHINE', payload })
  const session = producerSession({ brokers: [brokers], clientId: 'lab-robot' }, SEND_MS, quiet)
  try {
    await session.send([{ topic: TOPIC, messages: [{ key: 'lab-1', value }] }])
  } finally {
    await session.close()
  }
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + WITHIN_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`${what} has not come within ${WITHIN_MS / 1_000} s`)
    await pause(LOOK_MS)
  }
}
