export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
}

interface Descriptor {
  readonly path: string
  readonly displayName: string
  readonly description: string
  readonly 'x-descriptors'?: readonly string[]
}

const urn = 'urn:alm:descriptor:com.tectonic.ui'
const widgets: Readonly<Record<string, string>> = {
  boolean: `${urn}:booleanSwitch`,
  integer: `${urn}:number`,
  number: `${urn}:number`,
  string: `${urn}:text`,
}
const wellKnown: Readonly<Record<string, string>> = {
  conditions: 'urn:alm:descriptor:io.kubernetes.conditions',
  phase: 'urn:alm:descriptor:io.kubernetes.phase',
}

/** How OpenShift's console shows the fields of a spec or status; none for a kind that has no such part. */
export function descriptorsOf(schema: Schema | undefined, part: 'spec' | 'status'): Descriptor[] {
  return Object.entries(schema?.properties ?? {}).map(([path, field]) => {
    const widget = part === 'spec' ? inputOf(field) : shownAs(path, field)
    return {
      path,
      displayName: inWords(path),
      description: field.description ?? '',
      ...(widget.length > 0 && { 'x-descriptors': widget }),
    }
  })
}

function inputOf({ type = '', enum: choices }: Schema): string[] {
  if (choices) return choices.map((choice) => `${urn}:select:${choice}`)
  return type in widgets ? [widgets[type] ?? ''] : []
}

/** What is only looked at is text. Nothing for whole objects: the console shows their YAML. */
function shownAs(path: string, { type = '' }: Schema): string[] {
  const known = wellKnown[path]
  if (known) return [known]
  return type in widgets ? [`${urn}:text`] : []
}

/** observedGeneration = Observed generation. */
function inWords(name: string): string {
  const words = name.replaceAll(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  )
  return words.charAt(0).toUpperCase() + words.slice(1)
}
