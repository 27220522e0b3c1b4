import type { ClusterEvent, Occurrence } from '../../../../operator/infrastructure/kubernetes/cluster-event.ts'
import { eventRecorder } from '../../../../operator/infrastructure/kubernetes/event-recorder.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

export const source = { controller: 'example.io/controller', instance: 'pod-1' }

export const anOccurrence = (change: Partial<Occurrence> & { name?: string } = {}): Occurrence => {
  const { name = 'box-1', ...rest } = change
  return {
    regarding: { apiVersion: 'example.io/v1', kind: 'Box', namespace: 'shop', name, uid: `uid-${name}` },
    type: 'Warning',
    reason: 'TooSmall',
    action: 'Pack',
    note: 'needs 5, has 3',
    ...rest,
  }
}

/** A recorder on a server that fails as `faults` say, and what arrived there. */
export function aRecorder() {
  const clock = fakeClock(Date.UTC(2026, 10, 22, 10, 0, 0))
  const created: ClusterEvent[] = []
  const patched: { name: string; body: object }[] = []
  const dropped: string[] = []
  const faults: { create: (() => Error | Promise<never>) | undefined; patch: (() => Error) | undefined } = {
    create: undefined,
    patch: undefined,
  }
  const recorder = eventRecorder({
    events: {
      async create(event) {
        const fault = await faults.create?.()
        if (fault !== undefined) throw fault
        created.push(event)
        return { body: event, date: undefined }
      },
      async mergePatch(_namespace, name, body) {
        const fault = faults.patch?.()
        if (fault !== undefined) throw fault
        patched.push({ name, body })
        return { body: created[0] as ClusterEvent, date: undefined }
      },
    },
    source,
    clock,
    random: () => 0,
    onDropped: (cause) => dropped.push(cause),
  })
  return { clock, recorder, created, patched, dropped, faults }
}

/** The counts that patches told, in order. */
export function toldCounts(patched: readonly { readonly body: object }[]): number[] {
  return patched.map(({ body }) => (body as { series: { count: number } }).series.count)
}
