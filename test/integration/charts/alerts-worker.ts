import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'

interface AlertsWorkerOptions {
  readonly kubeconfigPath: string
  /** Names its group and its topics, too. */
  readonly namespace: string
  readonly kafkaBrokers: string
}

/** A worker that reads the levels of stocks, and whose Alertmanager is away. */
export function alertsWorker({ kubeconfigPath, namespace, kafkaBrokers }: AlertsWorkerOptions): OperatorProcess {
  const alerts = {
    ...{ group: namespace, deadLetterTopic: `${namespace}-dead-letter` },
    alertmanagers: [{ url: 'http://127.0.0.1:1' }],
  }
  return operatorProcess({
    ...{ kubeconfigPath, namespaces: [namespace], kafkaBrokers, until: 'started' },
    runs: 'worker',
    settings: { kafka: { createTopics: true }, worker: { flows: ['alerts'], alerts } },
  })
}
