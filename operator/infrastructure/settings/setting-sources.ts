/** Where a setting may come from besides the file. */
export interface SettingSource {
  readonly flag: string
  readonly variable: string
  readonly argument: string
  readonly meaning: string
  /** Where a program takes it for something else. */
  readonly meaningFor?: Readonly<Record<string, string>>
  /** The programs that it is for; absent = all. */
  readonly only?: readonly string[]
  readonly path?: readonly [string, ...string[]]
  readonly read?: (text: string) => unknown
}

const list = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
const port = (text: string) => (/^-?[0-9]+$/.test(text) ? Number(text) : text)
const namespaces = (text: string) => (text === '*' || text === 'own' ? text : list(text))

export const settingSources: readonly SettingSource[] = [
  { flag: 'config', variable: 'KBNT_CONFIG', argument: 'FILE', meaning: 'settings, see config/default-settings.yaml' },
  { flag: 'kubeconfig', variable: 'KUBECONFIG', argument: 'FILE', meaning: 'how to reach the API server' },
  {
    flag: 'cluster',
    variable: 'KBNT_CLUSTER',
    argument: 'NAME',
    meaning: 'name of this cluster in events',
    path: ['cluster'],
  },
  {
    flag: 'watch-namespaces',
    variable: 'KBNT_WATCH_NAMESPACES',
    argument: 'NAMES',
    meaning: '* (all), own, or names with commas',
    path: ['watchNamespaces'],
    read: namespaces,
  },
  {
    flag: 'kafka-brokers',
    variable: 'KBNT_KAFKA_BROKERS',
    argument: 'HOST:PORT,…',
    meaning: 'Kafka to publish to; none: the log',
    meaningFor: { worker: 'Kafka to read from; required' },
    path: ['kafka', 'brokers'],
    read: list,
  },
  {
    flag: 'postgres',
    variable: 'KBNT_POSTGRES_URL',
    argument: 'URL',
    meaning: 'database named default, on one node, whatever --config says of it',
    path: ['databases', 'default'],
    read: (url) => ({ url, durability: 'local' }),
  },
  {
    flag: 'metrics-port',
    variable: 'KBNT_METRICS_PORT',
    argument: 'N',
    meaning: 'port of /metrics, or off',
    path: ['metrics', 'port'],
    read: port,
  },
  {
    flag: 'health-port',
    variable: 'KBNT_HEALTH_PORT',
    argument: 'N',
    meaning: 'port of /livez and /readyz, or off',
    path: ['health', 'port'],
    read: port,
  },
  {
    flag: 'port',
    variable: 'KBNT_GATEWAY_PORT',
    argument: 'N',
    meaning: "port of the gateway's API",
    only: ['gateway'],
    path: ['gateway', 'port'],
    read: port,
  },
  {
    flag: 'flows',
    variable: 'KBNT_FLOWS',
    argument: 'NAMES',
    meaning: 'what a worker does: alerts, history, integration, log-alerts, log-index, virtualization',
    only: ['worker'],
    path: ['worker', 'flows'],
    read: list,
  },
  {
    flag: 'log-format',
    variable: 'KBNT_LOG_FORMAT',
    argument: 'text|json',
    meaning: 'how lines are written',
    path: ['log', 'format'],
  },
  {
    flag: 'log-level',
    variable: 'KBNT_LOG_LEVEL',
    argument: 'LEVEL',
    meaning: 'debug, info, warn or error',
    path: ['log', 'level'],
  },
]

/** Every flag that means something to a program, with its meaning and its variable, a line each, for `--help`. */
export function flagLines(program: string): string {
  const own = settingSources.filter(({ only }) => only === undefined || only.includes(program))
  const lines = own.map(({ flag, argument, variable, meaning, meaningFor }) => {
    const left = `  --${flag} ${argument}`.padEnd(32)
    return `${left}${meaningFor?.[program] ?? meaning} [${variable}]`
  })
  return ['Flags win over environment variables, these win over the settings file.', '', ...lines].join('\n')
}
