/** An object as the API server sends it: times are strings, unknown fields are kept. */
export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMetadata
}

/** `metav1.ObjectMeta`, as far as the machinery and most controllers read it. */
export interface ObjectMetadata {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly OwnerReference[]
  readonly managedFields?: readonly unknown[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** `namespace/name`, or the bare name of an object without a namespace: client-go's cache key. */
export function keyOfObject(object: KubernetesObject): string {
  const { namespace, name = '' } = object.metadata
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}

/** The namespace in the key of an object that has one. */
export function namespaceOfKey(key: string): string {
  return key.slice(0, key.indexOf('/'))
}

/** The same without `managedFields`, which are often half of an object and read by nobody here. */
export function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  const { managedFields, ...metadata } = object.metadata // a property that is deleted would cost 400 bytes: V8 makes a hash of the rest
  return managedFields ? { ...object, metadata } : object
}
