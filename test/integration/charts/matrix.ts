const digest = `sha256:${'a'.repeat(64)}`
export const monitoring = ['serviceMonitor', 'prometheusRule', 'dashboards'].flatMap((name) => [
  '--set',
  `${name}.enabled=true`,
])
const kafka = ['brokers={kbnt-kafka-bootstrap:9093}', 'caSecret=ca', 'userSecret=user', 'username=kbnt-operator']
const databases = {
  default: { secret: 'sales-app', gatewaySecret: 'sales-gateway', caSecret: 'sales-ca', namespaces: ['shop'] },
  tickets: { url: 'postgres://kbnt@tickets.example:6432/kbnt', secret: 'tickets', tls: true, durability: 'local' },
  desk: { url: 'postgres://kbnt@desk.example/kbnt', caSecret: 'desk-ca', certificateSecret: 'desk-kbnt' },
}
const sources = [
  { topic: 'virtualization-requests', namespaces: ['depot', 'shop'], types: ['CREATE_VIRTUAL_MACHINE'], pools: '*' },
  { topic: 'ends', namespaces: ['depot'], types: ['DELETE_VIRTUAL_MACHINE'], users: ['ana'], endsAny: true },
]
/** Values that people give, by the name of the file that has what they render to. */
export const matrix: readonly { readonly name: string; readonly chart: string; readonly args: readonly string[] }[] = [
  { name: 'default', chart: 'kbnt-operator', args: [] },
  {
    name: 'own-namespace',
    chart: 'kbnt-operator',
    args: ['--set', 'watchNamespaces=own,kubevirt.enabled=true,volumes.enabled=true,networks.enabled=true'],
  },
  {
    name: 'kafka-and-lists',
    chart: 'kbnt-operator',
    args: ['--set', 'watchNamespaces={shop,depot}', ...kafka.flatMap((value) => ['--set', `kafka.${value}`])],
  },
  {
    name: 'given-accounts',
    chart: 'kbnt-operator',
    args: [
      '--set',
      'serviceAccount.create=false,serviceAccount.name=stock,uninstall.serviceAccountName=stock-end,rbac.create=false',
    ],
  },
  {
    name: 'bare',
    chart: 'kbnt-operator',
    args: [
      '--set',
      `image.digest=${digest},podDisruptionBudget.enabled=false,networkPolicy.enabled=false,userRoles.enabled=false,uninstall.releaseFinalizers=false`,
    ],
  },
  { name: 'gateway', chart: 'kbnt-operator', args: ['--set', 'gateway.enabled=true'] },
  {
    name: 'gateway-own-namespace',
    chart: 'kbnt-operator',
    args: [
      '--set',
      'watchNamespaces=own,gateway.enabled=true,gateway.tls.secret=tls,gateway.autoscaling.requestsPerSecond.metric=rps',
      '--set',
      'gateway.expose.as=Ingress,gateway.expose.host=stock.example.com,gateway.expose.tlsSecret=host',
    ],
  },
  {
    name: 'gateway-guests',
    chart: 'kbnt-operator',
    args: ['--set', 'gateway.enabled=true,settings.gateway.tokens.audience=kbnt-gateway'],
  },
  {
    name: 'databases',
    chart: 'kbnt-operator',
    args: ['--set', 'gateway.enabled=true', '--set-json', `databases=${JSON.stringify(databases)}`],
  },
  {
    name: 'flow-alerts',
    chart: 'kbnt-operator',
    args: [
      ...['--set', 'flows.alerts.enabled=true,flows.alerts.tokenSecret=prober,flows.alerts.kafka.userSecret=alerts'],
      ...['--set', 'flows.alerts.kafka.username=kbnt-flow-alerts,settings.worker.alerts.repeatEvery=30s'],
      ...['--set', 'flows.alerts.alertmanagers={https://alertmanager-0.alertmanager:9093,https://alerts.example.com}'],
      ...kafka.flatMap((value) => ['--set', `kafka.${value}`]),
    ],
  },
  {
    name: 'flow-integration',
    chart: 'kbnt-operator',
    args: [
      ...['--set', 'flows.integration.enabled=true,flows.integration.url=https://partner.example/api'],
      ...['--set', 'flows.integration.oauth.tokenEndpointUri=https://login.partner.example:8443/token'],
      ...['--set', 'flows.integration.oauth.clientId=kbnt,flows.integration.oauth.clientSecret=partner-client'],
      ...['--set', 'flows.integration.caSecret=partner-ca,flows.integration.certificateSecret=partner-certificate'],
      ...['--set', 'flows.integration.database.secret=rows-app,flows.integration.database.caSecret=rows-ca'],
      ...['--set', 'settings.worker.integration.target.name=east'],
      ...kafka.flatMap((value) => ['--set', `kafka.${value}`]),
    ],
  },
  {
    name: 'flow-virtualization',
    chart: 'kbnt-operator',
    args: [
      ...['--set', 'watchNamespaces={shop,depot},flows.virtualization.enabled=true'],
      ...['--set-json', `flows.virtualization.sources=${JSON.stringify(sources)}`],
      ...['--set', 'settings.requests.keepFinished=48h,settings.worker.virtualization.maxUnfinished=500'],
      ...['--set', 'flows.virtualization.signingSecrets={signing},flows.virtualization.registry.caSecret=registry-ca'],
      ...['--set', 'flows.virtualization.registry.url=https://registry.example:8443/apis/ccompat/v7'],
      ...['--set', 'flows.virtualization.database.secret=rows-app,flows.virtualization.database.caSecret=rows-ca'],
      ...['--set', 'flows.virtualization.database.workerSecret=rows-reader'],
      ...['--set', 'flows.virtualization.database.workerRole=reader,settings.requests.rememberFor=4800h'],
      ...kafka.flatMap((value) => ['--set', `kafka.${value}`]),
    ],
  },
  {
    name: 'flow-log-alerts',
    chart: 'kbnt-operator',
    args: [
      ...['--set', 'flows.logAlerts.enabled=true,flows.logAlerts.alertmanagers={https://alerts.example.com}'],
      ...['--set', 'flows.logAlerts.caSecret=alerts-ca,settings.worker.logAlerts.quietAfter=30m'],
      ...kafka.flatMap((value) => ['--set', `kafka.${value}`]),
    ],
  },
  {
    name: 'flow-log-index',
    chart: 'kbnt-operator',
    args: [
      ...['--set', 'flows.logIndex.enabled=true,flows.logIndex.url=https://opensearch:9200'],
      ...['--set', 'flows.logIndex.user=kbnt,flows.logIndex.passwordSecret=search,flows.logIndex.caSecret=search-ca'],
      ...['--set', 'flows.logIndex.autoscaling.by=lag,flows.logIndex.autoscaling.authentication=kafka'],
      ...kafka.flatMap((value) => ['--set', `kafka.${value}`]),
    ],
  },
  {
    name: 'flow-history',
    chart: 'kbnt-operator',
    args: [
      ...['--set', 'flows.history.enabled=true,flows.history.kafka.userSecret=history'],
      ...['--set', 'flows.history.kafka.username=kbnt-flow-history,flows.history.database.secret=past-app'],
      ...['--set', 'flows.history.database.caSecret=past-ca,settings.worker.history.group=past'],
      ...['--set', 'flows.history.autoscaling.by=cpu'],
      ...kafka.flatMap((value) => ['--set', `kafka.${value}`]),
    ],
  },
  { name: 'strimzi-v1', chart: 'kbnt-kafka', args: ['--api-versions', 'kafka.strimzi.io/v1/Kafka'] },
  {
    name: 'strimzi-v1beta2-topics',
    chart: 'kbnt-kafka',
    args: [
      '--set',
      'cluster.create=false,consumers.topics=true,bridge.enabled=true',
      '--api-versions',
      'kafka.strimzi.io/v1beta2/Kafka',
    ],
  },
  {
    name: 'strimzi-apart',
    chart: 'kbnt-kafka',
    args: [
      '--set',
      'authentication=tls,cluster.controllers.replicas=3,cluster.rack.topologyKey=topology.kubernetes.io/zone',
      '--set',
      'cluster.keep=false,podMonitor.enabled=true,podMonitor.namespace=monitoring,consumers.topics=true,flows.alerts.enabled=true,flows.history.enabled=true,flows.integration.enabled=true,flows.virtualization.enabled=true,flows.virtualization.fromGateway=true,logs.enabled=true,flows.logIndex.enabled=true,flows.logAlerts.enabled=true',
      '--set',
      'bridge.enabled=true,bridge.replicas=2,bridge.readTopics={stock-audit-logs},bridge.writeTopics={order-events}',
      '--set-json',
      'consumers.users=[{"name":"warehouse"},{"name":"shop","group":"shop-1","topics":["stock-audit-logs"]}]',
    ],
  },
]
