import type { Clock } from '../../application/clock.ts'
import { inTime } from '../../application/in-time.ts'
import type { KubernetesObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import type { ObjectList, ResourceClient } from '../../infrastructure/kubernetes/resource-client.ts'

/** Who isn't listed by then is waited for no longer. */
const LISTED_WITHIN_MS = 10_000

/** The objects of a kind that others do without. Undefined = they can't be listed now; whoever watches them says why. */
export async function listIfPossible<T extends KubernetesObject>(
  clock: Pick<Clock, 'schedule'>,
  client: Pick<ResourceClient<T>, 'list'>,
  namespace: string,
): Promise<ObjectList<T> | undefined> {
  let found: ObjectList<T> | undefined
  const listed = client.list({ namespace }).then(
    (list) => {
      found = list
    },
    () => undefined, // tried again and told by the watch
  )
  await inTime(clock, LISTED_WITHIN_MS, listed)
  return found
}
