import { BRIDGE_PORT } from '../bridge/bridge.ts'
import { badUsage, commandLine } from '../command-line.ts'

const usage = `Starts an API server, Kafka, PostgreSQL, the operator and its HTTP gateway on this machine, opens a small shop and a
pool for machines, and shows what happens.

  npm run quickstart -- [--once] [--events=log | --bridge [--bridge-port=PORT]]

  --once              end by itself; exit code 0 only if every sample came to its expected state and the books close
  --events=log        without Kafka, so without Java: events go to the operator's log
  --bridge            Kafka over HTTP as well, on 127.0.0.1:${BRIDGE_PORT}: a stand-in for the Kafka Bridge of Strimzi and AMQ Streams
  --bridge-port=PORT  on another port; 0: on any free one
`

const MOST_PORT = 65_535

export interface Wishes {
  readonly once: boolean
  readonly withKafka: boolean
  /** Absent: no bridge. */
  readonly bridgePort?: number
}

/** Ends the process where flags make no sense. */
export function wishesFrom(argv: readonly string[]): Wishes {
  const { values } = commandLine(usage, {
    args: [...argv],
    options: {
      once: { type: 'boolean', default: false },
      events: { type: 'string', default: 'kafka' },
      bridge: { type: 'boolean', default: false },
      'bridge-port': { type: 'string' },
    },
  })
  const { once, events, bridge, 'bridge-port': port } = values
  if (!['kafka', 'log'].includes(events)) badUsage(usage, `--events: "${events}" is neither kafka nor log`)
  const withKafka = events === 'kafka'
  if (!bridge && port === undefined) return { once, withKafka }
  if (!bridge) badUsage(usage, '--bridge-port says where the bridge is: give --bridge as well')
  if (!withKafka)
    badUsage(usage, '--bridge is a bridge to Kafka, which --events=log does without: leave one of them out')
  return { once, withKafka, bridgePort: portFrom(port ?? String(BRIDGE_PORT)) }
}

function portFrom(given: string): number {
  if (/^\d{1,5}$/.test(given) && Number(given) <= MOST_PORT) return Number(given)
  return badUsage(usage, `--bridge-port: "${given}" is no port from 0 to ${MOST_PORT}`)
}
