import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'

const textOf = (path: string) => readFileSync(join(projectDirectory, path), 'utf8')

/** How people are told of them. */
const words: Readonly<Record<string, RegExp>> = {
  virtualstocks: /stocks/i,
  vmachines: /machines/i,
  vstorages: /storages/i,
  vnetworks: /networks/i,
  orders: /orders/i,
}
/** Where it is told which kinds have a finalizer of ours. */
const told: readonly (readonly [path: string, sentence: RegExp])[] = [
  ['docs/security.md', /finalizers only on (.*?), taken off/],
  ['docs/security.md', /The Job that runs before an uninstall .* it may read and patch (.*?), make Events/],
  ['docs/install.md', /takes our finalizers off (.*?);/],
  ['docs/install.md', /leaves the Job out; then delete (.*?) first/],
  ['config/olm/README.md', /To be sure delete (.*?) first/],
  ['charts/kbnt-operator/templates/NOTES.txt', /releaseFinalizers is off: delete all (.*?) before/],
]

describe('The kinds that the Job before an uninstall lets go of', () => {
  const rules = /define "kbnt\.uninstallRules"[\s\S]*?resources: \[(.*?)\]/.exec(
    textOf('charts/kbnt-operator/templates/_rbac.tpl'),
  )
  const kinds = (rules?.[1] ?? '').split(', ')

  it('are those that have a word of their own here', () => assert.deepEqual(kinds.sort(), Object.keys(words).sort()))

  for (const [path, sentence] of told)
    it(`are all of them told in ${path}: ${sentence.source.slice(0, 40)}`, () => {
      const [, list = ''] = sentence.exec(textOf(path)) ?? []
      for (const kind of kinds) assert.match(list, words[kind] as RegExp, kind)
    })
})
