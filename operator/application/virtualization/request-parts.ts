import type { Sha256 } from '../../domain/virtualization/identity.ts'
import type { RequestStatus, RequestStep, ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import type { Clock } from '../clock.ts'
import type { ClockCheck } from '../clock-check.ts'
import type { ClockSkew } from '../clock-skew.ts'
import type { StepEvents } from '../event/step-events.ts'
import type { BootTimes } from './boot-times.ts'
import type { ResourcesByKind } from './requested-resources.ts'
import type { Requests } from './requests.ts'

/** What a request's reconcile works with. */
export interface RequestParts {
  readonly requests: Requests
  readonly resources: ResourcesByKind
  readonly bootTimes: Pick<BootTimes, 'medianSeconds'>
  readonly events: StepEvents<ResourceRequest>
  readonly sha256: Sha256
  /** What something has been against for so long is over; 0 = never. */
  readonly giveUpAfterMs: number
  readonly clock: Clock
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly clockIsRight: ClockCheck
  readonly observer: RequestObserver
}

/** What watches requests: metrics, logs, Kubernetes Events. Must be quick and never throw. */
export interface RequestObserver {
  /** `status` was stored after that of `request`; it tells of these steps for the first time. */
  told(request: ResourceRequest, status: RequestStatus, steps: readonly RequestStep[]): void
}
