import type { LoggedRow } from './consumption-rows.ts'

const words = {
  PROCESSED: 'told to',
  FAILED: 'not told to',
  SKIPPED: 'left out of',
  NEEDS_ATTENTION: 'NEEDS ATTENTION at',
} as const

/** One line of a list, in plain words. */
export function rowLine(row: LoggedRow): string {
  const { target, event_id: id, event_type: type, stock, status, topic, partition, offset, at } = row
  const place = `${topic}/${partition}/${offset}`
  return `${at.toISOString()}  ${stock || '-'}  ${type}  ${words[status]} ${target}${detailsOf(row)}  ${id}  from ${place}`
}

function detailsOf({ status, external_id: externalId, attempts, duration_ms: ms, error }: LoggedRow): string {
  const parts = [
    ...(externalId === null ? [] : [`there ${externalId}`]),
    ...(ms === null ? [] : [`in ${ms} ms`]),
    ...(attempts === 0 ? [] : [`after ${attempts} ${attempts === 1 ? 'try' : 'tries'} in vain`]),
  ]
  const why = error === null || status === 'PROCESSED' ? '' : `: ${error}`
  return `${parts.length > 0 ? ` (${parts.join(', ')})` : ''}${why}`
}
