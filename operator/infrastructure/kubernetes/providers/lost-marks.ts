import type { Removal } from '../../../application/resource/provider.ts'
import { childNameOf, type ResourceIdentity } from '../../../domain/resource/resource.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { belongsTo, type Marks } from './provided-objects.ts'

/** Somebody has to say first whose one is that has no marks. */
export const UNMARKED_RECHECK_MS = 10_000

/**
 * Whether an object, found by the name that the uid of ours gives it, stands for this one of ours, also where somebody has
 * taken its label off or set another one: by its owner, or by the other mark, unless it says that it is of another one whose
 * objects have this name, too.
 */
export function isOf(
  { metadata }: Pick<KubernetesObject, 'metadata'>,
  marks: Marks,
  { uid, name }: ResourceIdentity,
): boolean {
  const { name: child, labels = {}, annotations = {}, ownerReferences: owners = [] } = metadata
  const told = [labels[marks.uid], ...owners.map((owner) => owner.uid)].filter((one) => one !== undefined)
  if (told.includes(uid)) return true
  return annotations[marks.name] === name && !told.some((other) => childNameOf({ name, uid: other }) === child)
}

/** Whether such an object says nothing that can be believed of whose it is: it may be one of ours that has lost all of that. */
export function isUnmarked({ metadata }: KubernetesObject, marks: Marks): boolean {
  const { annotations = {}, ownerReferences: owners = [] } = metadata
  return annotations[marks.name] === undefined && owners.length === 0
}

/** What one of ours is marked with again; undefined = it is. */
export function lostMarks(object: Pick<KubernetesObject, 'metadata'>, marks: Marks, { uid, name }: ResourceIdentity) {
  if (belongsTo(object, marks, { uid }) && object.metadata.annotations?.[marks.name] === name) return undefined
  return { labels: { [marks.uid]: uid }, annotations: { [marks.name]: name } }
}

/** What to do about one that may be one of ours. */
export function unmarkedWords(what: string, marks: Marks, { uid }: Pick<ResourceIdentity, 'uid'>): string {
  return `${what} has lost its label ${marks.uid}=${uid}; put it back, or delete that object`
}

/** What stands on it stays where it is until somebody has said whose it is. */
export function keptUnmarked(message: string): Removal {
  return { kind: 'going', message, recheckAfterMs: UNMARKED_RECHECK_MS, isRefused: true }
}
