import type { SettingFault } from './schema.ts'
import type { Settings } from './settings.ts'

/** As in client-go: the pause between two tries may be stretched by this much. */
const RETRY_JITTER = 1.2

function fault(path: readonly string[], broken: boolean, message: string): SettingFault[] {
  return broken ? [{ path, message }] : []
}

/** What single fields can't tell: settings that contradict each other. */
export function coherenceFaults({ leaderElection, kafka }: Settings): SettingFault[] {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = leaderElection
  const lease = ['leaderElection']
  return [
    ...fault(
      [...lease, 'renewDeadline'],
      renewDeadlineMs >= leaseDurationMs,
      `${renewDeadlineMs} ms is not shorter than leaseDuration, ${leaseDurationMs} ms`,
    ),
    ...fault(
      [...lease, 'retryPeriod'],
      retryPeriodMs === 0 || retryPeriodMs * RETRY_JITTER >= renewDeadlineMs,
      `${retryPeriodMs} ms is not between 0 and renewDeadline / ${RETRY_JITTER}, ${Math.floor(renewDeadlineMs / RETRY_JITTER)} ms`,
    ),
    ...fault([...lease, 'leaseDuration'], leaseDurationMs < 1_000, `${leaseDurationMs} ms is not at least 1s`),
    ...fault(['kafka', 'publishTimeout'], kafka !== undefined && kafka.publishTimeoutMs < 100, 'is not at least 100ms'),
  ]
}
