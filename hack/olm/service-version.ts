import { descriptorsOf, type Schema } from './descriptors.ts'
import type { Manifest } from './manifest.ts'
import { without } from './without-helm.ts'

export interface Crd extends Manifest {
  readonly spec: {
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[]
  }
}

export interface ServiceVersionParts {
  /** What can't be derived from anything else. */
  readonly base: Manifest
  readonly chart: { readonly version: string; readonly kubeVersion: string }
  /** SVG. */
  readonly icon: string
  readonly image: string
  readonly crds: readonly Crd[]
  /** The chart's, without Helm's traces. */
  readonly manifests: readonly Manifest[]
  readonly examples: readonly Manifest[]
}

interface Owned {
  readonly kind: string
}
interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly spec: { readonly containers: readonly [Readonly<Record<string, unknown>>] }
}

/** The ClusterServiceVersion: what OLM installs, and what its console shows. */
export function serviceVersion(parts: ServiceVersionParts): Manifest {
  const { base, chart, icon, image, crds, manifests, examples } = parts
  const spec = base['spec'] as { customresourcedefinitions: { owned: Owned[] } }
  const annotations = {
    ...base.metadata.annotations,
    'alm-examples': JSON.stringify(examples, undefined, 2),
    containerImage: image,
    // it works away from the internet only when every image is named by its digest
    'features.operators.openshift.io/disconnected': String(image.includes('@sha256:')),
  }
  return {
    ...base,
    metadata: { ...base.metadata, name: `kbnt-operator.v${chart.version}`, annotations },
    spec: {
      ...spec,
      version: chart.version,
      minKubeVersion: /\d+[.]\d+[.]\d+/.exec(chart.kubeVersion)?.[0],
      icon: [{ base64data: Buffer.from(icon).toString('base64'), mediatype: 'image/svg+xml' }],
      relatedImages: [{ name: 'operator', image }],
      customresourcedefinitions: { owned: spec.customresourcedefinitions.owned.map((each) => describe(each, crds)) },
      install: { strategy: 'deployment', spec: { ...permissions(manifests), deployments: [deployment(parts)] } },
    },
  }
}

function describe(owned: Owned, crds: readonly Crd[]): object {
  const crd = crds.find(({ spec }) => spec.names.kind === owned.kind)
  const [version] = crd?.spec.versions ?? []
  if (!crd || !version)
    throw new Error(`config/olm/clusterserviceversion.yaml owns ${owned.kind}, and crds/ has no such kind`)
  const { description, properties = {} } = version.schema.openAPIV3Schema
  return {
    ...owned,
    name: crd.metadata.name,
    version: version.name,
    description,
    specDescriptors: descriptorsOf(properties['spec'], 'spec'),
    statusDescriptors: descriptorsOf(properties['status'], 'status'),
  }
}

/**
 * The chart's rules, for the account that the chart runs the operator as. All of them are in `permissions`: OLM grants
 * those in the namespaces that an OperatorGroup selects, and in the whole cluster where it selects all;
 * `clusterPermissions` would be granted in the whole cluster in any case.
 */
function permissions(manifests: readonly Manifest[]): object {
  const account = manifests.find(({ kind }) => kind === 'ServiceAccount')
  if (!account) throw new Error('the chart renders no ServiceAccount')
  const bound = manifests
    .filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(kind))
    .map((each) => (each['roleRef'] as Owned & { name: string }).name)
  const roles = manifests.filter(({ kind, metadata }) => /^(Cluster)?Role$/.test(kind) && bound.includes(metadata.name))
  const rules = roles.flatMap((role) => role['rules'] as object[])
  return { permissions: [{ serviceAccountName: account.metadata.name, rules }] }
}

/** The chart's Deployment; its settings by an environment variable, which a Subscription can replace, not by a flag. */
function deployment({ manifests, image }: ServiceVersionParts): object {
  const found = manifests.find(({ kind }) => kind === 'Deployment')
  if (!found) throw new Error('the chart renders no Deployment')
  const { template, ...rest } = found['spec'] as { template: Pod }
  const { args, env, ...container } = template.spec.containers[0]
  const [, config] = args as string[]
  const settings = [
    { name: 'KBNT_CONFIG', value: config },
    { name: 'RELATED_IMAGE_OPERATOR', value: image },
    // what the OperatorGroup selects; empty, as if it were not there, where that is all namespaces
    {
      name: 'KBNT_WATCH_NAMESPACES',
      valueFrom: { fieldRef: { fieldPath: "metadata.annotations['olm.targetNamespaces']" } },
    },
  ]
  const containers = [{ ...container, env: [...(env as object[]), ...settings] }]
  return {
    name: found.metadata.name,
    label: found.metadata.labels,
    spec: {
      ...rest,
      template: {
        metadata: { labels: without(template.metadata.labels) },
        spec: { ...template.spec, containers },
      },
    },
  }
}
