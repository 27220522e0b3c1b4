/** What is not there as long as all is well. */
export const onlyInTrouble = new Set([
  'kbnt_stock_oldest_command_age_seconds',
  'kbnt_unlisted_namespaces',
  'kbnt_retries_total',
  'kbnt_amq_batches_failed_total',
  'kbnt_messages_dead_total',
  'kbnt_virtualization_requests_hindered',
  'kbnt_order_service_breaker', // nobody orders anything here
])
/** What the operator and the gateway tell of databases, of which these have none. */
export const ofDatabases = /^kbnt_(gateway_full|database|outbox|mirror|rows)_/
/** What flows tell that don't run here. */
export const ofOtherFlows = /^kbnt_(history|integration)_|^kbnt_consumer_longest_delay_/
/** What has nothing to show. */
export const emptyPanels = new Set([
  'The 20 stocks that keep people waiting',
  'The 20 fullest journals',
  'Not acknowledged',
  'What is tried again',
  'Watches that broke',
  'Not let in',
  'Databases',
  'Room for events',
  'Undelivered events',
  'Oldest undelivered event',
  'Behind the database',
  'Holds that are over',
  'Oldest open transaction',
  'Services left alone',
  'Orders that are over',
  'Time of a payment',
  'Calls of services',
  'Time of a call',
  'Targets left alone',
  'Events that nobody knows of',
  'Dead letters',
  'Calls of the target',
  'Time of a call of the target',
  'Requests that are over',
  'Lines put to the index',
  'Lines of logs',
])
