import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { Site } from './site.ts'

/** Writes a status onto the version that is known, as the operator does. Throws ApiError 409 when that is not the latest. */
export async function putStatus(
  { reservations }: Pick<Site, 'reservations'>,
  { metadata, ...object }: Reservation,
  status: Reservation['status'],
): Promise<Reservation> {
  const { namespace, name, uid, resourceVersion } = metadata
  const body = { ...object, metadata: { namespace, name, uid, resourceVersion }, status } as Reservation
  return (await reservations.replaceStatus(body)).body
}
