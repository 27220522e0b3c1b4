import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { helmBinary } from '../testbed/helm-binary.ts'
import { projectDirectory } from '../testbed/places.ts'
import { silent } from '../testbed/progress.ts'
import { mustRun } from '../testbed/run-program.ts'
import type { Manifest } from './manifest.ts'
import { type Crd, serviceVersion } from './service-version.ts'
import { install, withoutHelm } from './without-helm.ts'

/** One for each kind that people write. Not EventSpool and NetworkFabric: made by hand they would be taken for true. */
const samples = [
  ...[
    'shop/10-stocks.yaml',
    'shop/21-order-1001-held.yaml',
    'machines/20-web-1.yaml',
    'storages/20-data.yaml',
    'networks/20-blue.yaml',
    'requests/10-web-3.yaml',
  ],
  'orders/10-order-2001.yaml',
]

/** Kinds that OLM makes itself, from the service version. */
const madeByOlm = /^(Deployment|ServiceAccount|(Cluster)?RoleBinding|Role)$/

/** Values of the chart that the bundle is made with: nobody can change them later. */
const values = [
  'kubevirt.enabled=true',
  'volumes.enabled=true',
  'networks.enabled=true',
  'settings.orders.payments.any.adapter=none', // for its rights alone: whom orders are paid at comes with the Subscription
  'serviceMonitor.enabled=true',
  'prometheusRule.enabled=true',
  'uninstall.releaseFinalizers=false',
  // OLM before OpenShift 4.20 refuses a bundle that has one; and the ports of Kafka are not known here
  'networkPolicy.enabled=false',
]

/** An OLM bundle for an image (with tag or digest): path in the bundle to content. The same input gives the same files. */
export async function bundleFiles(image: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  const [crds, rendered, examples] = await Promise.all([ownCrds(), renderedChart(image), sampleObjects()])
  const manifests = rendered.filter(({ metadata }) => !isHook(metadata)).map(withoutHelm)
  const csv = serviceVersion({
    base: parse(await read('config/olm/clusterserviceversion.yaml')) as Manifest,
    chart: parse(await read('charts/kbnt-operator/Chart.yaml')) as { version: string; kubeVersion: string },
    icon: await read('config/olm/icon.svg'),
    image,
    crds,
    manifests,
    examples,
  })
  files.set('manifests/kbnt-operator.clusterserviceversion.yaml', yaml(csv))
  for (const crd of crds) files.set(`manifests/${crd.metadata.name}.yaml`, yaml(crd))
  for (const manifest of manifests.filter((each) => !isOlms(each))) {
    const { kind, metadata } = manifest
    files.set(`manifests/${metadata.name}.${kind.toLowerCase()}.yaml`, yaml(manifest))
  }
  files.set('metadata/annotations.yaml', await read('config/olm/annotations.yaml'))
  files.set('tests/scorecard/config.yaml', await read('config/olm/scorecard.yaml'))
  return files
}

/** The operator's roles become the service version's; roles for people stay. */
function isOlms({ kind, metadata }: Manifest): boolean {
  const forPeople = kind === 'ClusterRole' && /[.](view|edit|admin)$/.test(metadata.name)
  return madeByOlm.test(kind) || (kind === 'ClusterRole' && !forPeople)
}

function isHook({ annotations = {} }: Manifest['metadata']): boolean {
  return 'helm.sh/hook' in annotations
}

async function renderedChart(image: string): Promise<Manifest[]> {
  const [repository, reference] = image.includes('@') ? image.split('@') : splitTag(image)
  const named = image.includes('@') ? `image.digest=${reference}` : `image.tag=${reference}`
  const { stdout } = await mustRun({
    command: await helmBinary(process.env, silent),
    arguments: [
      ...['template', install.name, 'charts/kbnt-operator', '--namespace', install.namespace],
      ...['--set', [...values, `image.repository=${repository}`, named].join(',')],
    ],
    directory: projectDirectory,
  })
  // Helm and the API server read YAML 1.1, where a mode of 0444 is octal
  return objectsIn(stdout, '1.1')
}

/** A colon before the last slash belongs to a port. Throws when there is no tag. */
function splitTag(image: string): [string, string] {
  const at = image.lastIndexOf(':')
  if (at <= image.lastIndexOf('/')) throw new Error(`${image} has neither tag nor digest`)
  return [image.slice(0, at), image.slice(at + 1)]
}

async function ownCrds(): Promise<Crd[]> {
  const names = (await readdir(join(projectDirectory, 'crds'))).sort()
  return Promise.all(names.map(async (name) => parse(await read(`crds/${name}`)) as Crd))
}

async function sampleObjects(): Promise<Manifest[]> {
  return Promise.all(
    samples.map(async (path) => {
      const [first] = objectsIn(await read(`config/samples/${path}`))
      if (!first) throw new Error(`config/samples/${path} is empty`)
      const { apiVersion, kind, metadata, ...rest } = first
      const { name, labels } = metadata
      return { apiVersion, kind, metadata: { name, ...(labels && { labels }) }, ...rest }
    }),
  )
}

function objectsIn(text: string, version: '1.1' | '1.2' = '1.2'): Manifest[] {
  return parseAllDocuments(text, { version }).map((document) => document.toJS() as Manifest)
}

function read(path: string): Promise<string> {
  return readFile(join(projectDirectory, path), 'utf8')
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}
