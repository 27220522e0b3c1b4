import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import definition from '../../../config/settings.schema.json' with { type: 'json' }
import { suggestion } from '../../domain/nearest.ts'

/** One wrong setting. */
export interface SettingFault {
  /** Segments from the root, `['events', 'routes', '2', 'topic']`. */
  readonly path: readonly string[]
  /** What was given and what is allowed. */
  readonly message: string
}

interface FieldSchema {
  readonly 'x-is'?: string
  readonly properties?: Readonly<Record<string, unknown>>
}

/** Compiled once for each call of readSettings, which is once for each process. */
function validator(): ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
  })
  ajv.addVocabulary(['x-is'])
  return ajv.compile(definition)
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'a group of settings',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  boolean: 'true or false',
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** What is wrong, by the rule of the schema that was broken. */
function messageOf({ keyword, params, data, parentSchema, message }: ErrorObject): string {
  const { 'x-is': wanted, properties = {} } = (parentSchema ?? {}) as FieldSchema
  const { additionalProperty, missingProperty, allowedValues, type } = params as Record<string, unknown>
  switch (keyword) {
    case 'additionalProperties':
      return `unknown setting "${additionalProperty}"${suggestion(String(additionalProperty), Object.keys(properties))}`
    case 'required':
    case 'dependentRequired':
      return `${missingProperty} is missing`
    case 'enum':
      return `${shown(data)} is not one of ${(allowedValues as unknown[]).join(', ')}`
    case 'type':
      return `${shown(data)} is not ${wanted ?? typeNames[String(type)] ?? String(type)}`
    default:
      return wanted === undefined ? `${shown(data)} ${message}` : `${shown(data)} is not ${wanted}`
  }
}

const naming: ReadonlySet<string> = new Set(['additionalProperties', 'required', 'dependentRequired'])

/** An `if` says more about its field than the branch that failed below it: what is allowed in all. */
function preferred(errors: readonly ErrorObject[]): ErrorObject[] {
  const chosen = new Map<string, ErrorObject>()
  for (const error of errors) {
    const { keyword, instancePath, params } = error
    const key = naming.has(keyword) ? `${instancePath} ${JSON.stringify(params)}` : instancePath
    if (keyword === 'if' && toldBetter(errors, instancePath)) continue
    if (!chosen.has(key) || keyword === 'if') chosen.set(key, error)
  }
  return [...chosen.values()]
}

/** Whether some error names the very field that its branch wants or does not know, or one below. */
function toldBetter(errors: readonly ErrorObject[], path: string): boolean {
  return errors.some(
    ({ instancePath, keyword }) =>
      instancePath.startsWith(`${path}/`) || (instancePath === path && naming.has(keyword)),
  )
}

/** Checks `settings` and fills in its defaults; answers the faults in the order of the schema. */
export function settingFaults(settings: unknown): SettingFault[] {
  const validate = validator()
  if (validate(settings)) return []
  return preferred(validate.errors ?? []).map((error) => ({
    path: error.instancePath
      .split('/')
      .slice(1)
      .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')),
    message: messageOf(error),
  }))
}

/** `events.routes[2].topic` */
export function pathText(path: readonly string[]): string {
  return path.reduce(
    (text, segment) => (/^[0-9]+$/.test(segment) ? `${text}[${segment}]` : text ? `${text}.${segment}` : segment),
    '',
  )
}
