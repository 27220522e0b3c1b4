import { suggestion } from './nearest.ts'

/** A setting that a flag or an environment variable sets; `origin` is what to name in a message. */
export interface Override {
  readonly origin: string
  readonly path: readonly [string, ...string[]]
  readonly value: unknown
}

export interface Overrides {
  readonly config?: string
  readonly kubeconfig?: string
  /** Flags come last and so win over the environment. */
  readonly overrides: readonly Override[]
  readonly faults: readonly string[]
}

interface Source {
  readonly flag: string
  readonly variable?: string
  readonly argument: string
  readonly meaning: string
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

const sources: readonly Source[] = [
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
    path: ['kafka', 'brokers'],
    read: list,
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
const known = new Map(sources.map((source) => [source.flag, source]))

interface Flags {
  readonly values: Map<string, string>
  readonly faults: string[]
}

/** Splits `--name value` and `--name=value`; a name given twice has its last value. */
function flagsOf(argv: readonly string[]): Flags {
  const values = new Map<string, string>()
  const faults: string[] = []
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? ''
    const [, name, inline] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument) ?? []
    if (name === 'help') continue
    if (name === undefined || !known.has(name)) {
      faults.push(
        name === undefined
          ? `"${argument}" is not a flag`
          : `unknown flag --${name}${suggestion(name, [...known.keys()], '--')}`,
      )
      if (name !== undefined && inline === undefined && !argv[index + 1]?.startsWith('--')) index += 1
      continue
    }
    const value = inline ?? argv[(index += 1)]
    if (value === undefined || (inline === undefined && value.startsWith('--'))) {
      faults.push(`--${name} needs a value: ${known.get(name)?.argument}`)
      if (value !== undefined) index -= 1
    } else values.set(name, value)
  }
  return { values, faults }
}

/** What flags and environment say. An empty variable counts as absent. */
export function overridesFrom(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Overrides {
  const { values, faults } = flagsOf(argv)
  const overrides: Override[] = []
  for (const { flag, variable, path, read = (text: string) => text } of sources) {
    const fromEnvironment = variable === undefined ? undefined : env[variable]
    const text = values.get(flag) ?? (fromEnvironment || undefined)
    if (text === undefined || path === undefined) continue
    overrides.push({ origin: values.has(flag) ? `--${flag}` : `${variable}`, path, value: read(text) })
  }
  const config = values.get('config') ?? (env['KBNT_CONFIG'] || undefined)
  const kubeconfig = values.get('kubeconfig') ?? (env['KUBECONFIG'] || undefined)
  return {
    ...(config === undefined ? {} : { config }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    overrides,
    faults,
  }
}

export function helpWanted(argv: readonly string[]): boolean {
  return argv.includes('--help')
}

/** What `--help` prints. */
export function helpText(): string {
  const lines = sources.map(({ flag, argument, variable, meaning }) => {
    const left = `  --${flag} ${argument}`.padEnd(32)
    return `${left}${meaning}${variable === undefined ? '' : ` [${variable}]`}`
  })
  return [
    'KBNT Operator. Flags win over environment variables, these win over the settings file.',
    '',
    ...lines,
    '',
  ].join('\n')
}
