/**
 * Whether an object at `position` is no older than at `other`. The API server's resourceVersions of one kind are numbers
 * that grow (https://kep.k8s.io/5504), longer than those of JavaScript may be.
 */
export function isNoOlder(position: string, other: string): boolean {
  return position.length === other.length ? position >= other : position.length > other.length
}
