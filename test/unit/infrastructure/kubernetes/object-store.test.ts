import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { type ObjectStore, objectStore } from '../../../../operator/infrastructure/kubernetes/object-store.ts'

interface Box extends KubernetesObject {
  readonly owner?: string
}

const aBox = (name: string, resourceVersion: string, more: { uid?: string; owner?: string } = {}): Box => ({
  metadata: { namespace: 'shop', name, uid: more.uid ?? `uid-${name}`, resourceVersion },
  ...(more.owner === undefined ? {} : { owner: more.owner }),
})

describe('object store', () => {
  const aStore = () => {
    const told: string[] = []
    const version = ({ metadata }: Box): string => `${metadata.name}@${metadata.resourceVersion}`
    const store = objectStore<Box>(
      {
        onAdded: (object) => told.push(`added ${version(object)}`),
        onUpdated: (old, object) => told.push(`updated ${version(old)} to ${version(object)}`),
        onDeleted: (last) => told.push(`deleted ${version(last)}`),
      },
      { owner: ({ owner }) => (owner === undefined ? [] : [owner]) },
    )
    return { store, told }
  }

  it('tells additions, updates with the old object, and deletions with the last one known', () => {
    const { store, told } = aStore()
    store.put(aBox('a', '1'))
    store.put(aBox('a', '2'))
    store.remove(aBox('a', '3'))
    assert.deepEqual(told, ['added a@1', 'updated a@1 to a@2', 'deleted a@3'])
    assert.equal(store.size, 0)
  })

  for (const { name, known, late } of [
    { name: 'of fewer digits', known: '100', late: '99' },
    { name: 'smaller', known: '110', late: '109' },
    { name: 'the same', known: '100', late: '100' },
    { name: 'beyond what a number holds', known: '90071992547409931', late: '90071992547409930' },
  ]) {
    it(`ignores a late message whose version is ${name}`, () => {
      const { store, told } = aStore()
      store.put(aBox('a', known))
      store.put(aBox('a', late))
      assert.equal(store.get('shop/a')?.metadata.resourceVersion, known)
      assert.deepEqual(told, [`added a@${known}`])
    })
  }

  it('ignores the late deletion of an object that has a newer version or a successor', () => {
    const { store } = aStore()
    store.put(aBox('a', '20', { uid: 'second' }))
    store.remove(aBox('a', '10', { uid: 'first' }))
    assert.equal(store.size, 1)
  })

  it('takes over versions that are no numbers, since nothing can be said of their order', () => {
    const { store } = aStore()
    store.put(aBox('a', 'zz'))
    store.put(aBox('a', 'aa'))
    assert.equal(store.get('shop/a')?.metadata.resourceVersion, 'aa')
  })

  it('tells an object of another uid as deleted and added', () => {
    const { store, told } = aStore()
    store.put(aBox('a', '1', { uid: 'first' }))
    store.put(aBox('a', '5', { uid: 'second' }))
    assert.deepEqual(told, ['added a@1', 'deleted a@1', 'added a@5'])
  })

  it('tells the last version known when the deletion is another object’s', () => {
    const { store, told } = aStore()
    store.put(aBox('a', '1', { uid: 'first' }))
    store.remove(aBox('a', '9', { uid: 'second' }))
    assert.deepEqual(told, ['added a@1', 'deleted a@1'])
  })

  it('replaces everything by a list: what it lacks goes, what is newer than the list stays', () => {
    const { store, told } = aStore()
    for (const box of [aBox('gone', '1'), aBox('same', '2'), aBox('old', '3'), aBox('ahead', '40'), aBox('new', '41')])
      store.put(box)
    told.length = 0
    store.replace([aBox('same', '2'), aBox('old', '10'), aBox('ahead', '5'), aBox('added', '11')], '30')
    assert.deepEqual(told, ['deleted gone@1', 'updated old@3 to old@10', 'added added@11'])
    assert.deepEqual(
      store
        .list()
        .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
        .sort(),
      ['added@11', 'ahead@40', 'new@41', 'old@10', 'same@2'],
    )
  })

  it('finds objects by index values and keeps them right through updates and deletions', () => {
    const { store } = aStore()
    store.put(aBox('a', '1', { owner: 'ana' }))
    store.put(aBox('b', '2', { owner: 'ana' }))
    store.put(aBox('c', '3'))
    const names = (owner: string) => store.byIndex('owner', owner).map(({ metadata }) => metadata.name)
    assert.deepEqual(names('ana'), ['a', 'b'])
    store.put(aBox('a', '4', { owner: 'bob' }))
    store.remove(aBox('b', '5'))
    assert.deepEqual(names('ana'), [])
    assert.deepEqual(names('bob'), ['a'])
    assert.throws(() => store.byIndex('colour', 'red'), /there is no index colour/)
  })

  function fullOfTwo(): ObjectStore<Box> {
    const store: ObjectStore<Box> = objectStore<Box>({}, {}, () => store.size < 2)
    for (const name of ['a', 'b', 'c']) store.put(aBox(name, '1'))
    return store
  }

  it('leaves out what there is no room for, says so, and takes it once there is', () => {
    const store = fullOfTwo()
    assert.deepEqual([store.size, store.isWhole('shop'), store.get('shop/c')], [2, false, undefined])
    store.put(aBox('a', '2')) // what is here goes on
    assert.equal(store.get('shop/a')?.metadata.resourceVersion, '2')
    store.remove(aBox('b', '3'))
    assert.equal(store.isWhole('shop'), false)
    store.put(aBox('c', '4'))
    assert.deepEqual([store.size, store.isWhole('shop')], [2, true])
  })

  it('is whole again once all that was left out is gone, whatever an older message says', () => {
    const store = fullOfTwo()
    store.put(aBox('c', '5'))
    store.remove(aBox('c', '4'))
    assert.equal(store.isWhole('shop'), false)
    store.remove(aBox('c', '6'))
    assert.equal(store.isWhole('shop'), true)
  })

  it('is whole for a namespace of which nothing was left out', () => {
    const store = fullOfTwo()
    assert.deepEqual([store.isWhole('shop'), store.isWhole('another')], [false, true])
    store.replace([aBox('a', '2'), aBox('c', '4')], '5')
    assert.equal(store.isWhole('shop'), true)
  })

  it('counts what is there by namespace, and asks for room in that of a new object', () => {
    const store: ObjectStore<Box> = objectStore<Box>({}, {}, (namespace) => store.sizeOf(namespace) < 1)
    const inAnother = aBox('a', '2')
    store.put(aBox('a', '1'))
    store.put(aBox('b', '1'))
    store.put({ ...inAnother, metadata: { ...inAnother.metadata, namespace: 'another' } })
    assert.deepEqual([store.size, store.sizeOf('shop'), store.sizeOf('another'), store.sizeOf('third')], [2, 1, 1, 0])
    store.remove(aBox('a', '3'))
    assert.equal(store.sizeOf('shop'), 0)
  })
})
