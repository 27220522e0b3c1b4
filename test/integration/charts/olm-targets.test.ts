import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { bundleFiles } from '../../../hack/olm/bundle-files.ts'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import type { Manifest } from './helm.ts'

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [{ readonly env: object[] }] } }
  }
}

const variable = 'KBNT_WATCH_NAMESPACES'
const all = { kind: 'all' }
const list = (...namespaces: string[]) => ({ kind: 'list', namespaces })

describe('What an OperatorGroup selects', () => {
  let files: ReadonlyMap<string, string>
  before(async () => {
    files = await bundleFiles('registry.example.com/kbnt-operator:1.0.0')
  })
  const bundled = (kind: string) =>
    [...files.values()].map((text) => parse(text) as Manifest).find((each) => each.kind === kind) as Manifest

  it('reaches the operator by a variable', () => {
    const { install } = bundled('ClusterServiceVersion')['spec'] as {
      readonly install: { readonly spec: { readonly deployments: readonly [Deployment] } }
    }
    const [container] = install.spec.deployments[0].spec.template.spec.containers
    const fieldPath = "metadata.annotations['olm.targetNamespaces']"
    const given = container.env.find((each) => 'name' in each && each.name === variable)
    assert.deepEqual(given, { name: variable, valueFrom: { fieldRef: { fieldPath } } })
  })

  for (const { targets, want } of [
    { targets: 'shop', want: list('shop') },
    { targets: 'shop,depot', want: list('shop', 'depot') },
    { targets: '', want: all },
  ])
    it(`is what the operator serves: ${targets || 'all namespaces'}`, () => {
      const { 'settings.yaml': text } = bundled('ConfigMap')['data'] as { readonly 'settings.yaml': string }
      const started = { argv: ['--config', 'settings.yaml'], env: { [variable]: targets }, readFile: () => text }
      assert.deepEqual(readSettings(started).watchNamespaces, want)
    })
})
