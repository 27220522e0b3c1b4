import type { Dashboard } from './dashboard.ts'
import { lines, stat } from './panel.ts'
import { ofGateways, ours, within } from './variables.ts'

/** What a call of the gateway counts in; others serve http_* too. */
const rateOf = (metric: string, by: string, labels = ''): string =>
  `sum by (${by}) (${ofGateways(`rate(${metric}{${labels}${ours}}[$__rate_interval])`)})`
const callsWithin = (share: number, by: string, labels: string): string =>
  `histogram_quantile(${share}, ${rateOf('http_request_duration_seconds_bucket', by, labels)})`
const apiWithin = (share: number, by: string, labels = ''): string =>
  `histogram_quantile(${share}, ${rateOf('rest_client_request_duration_seconds_bucket', by, labels)})`
const ofAll = (metric: string): string => `sum(${metric}{${ours}})`

/** A stream is a call that lasts for as long as its client likes. */
const noStreams = 'route!~".*/stream", '
const orders = 'method="POST", route=~".*/(reserve|reservations)", '
const failing = (range: string): string =>
  `(sum(${ofGateways(`rate(http_requests_total{status=~"5..", ${ours}}[${range}])`)}) or vector(0)) / sum(${ofGateways(`rate(http_requests_total{${ours}}[${range}])`)})`

export const gateway: Dashboard = {
  name: 'gateway',
  title: 'KBNT gateway',
  description: 'The door for HTTP: what is asked, how it is answered and how fast, and what the processes take.',
  variables: [],
  panels: [
    stat(
      { title: 'Take calls', description: 'Gateways that are ready, of each install.' },
      `sum by (kbnt_install) (kbnt_gateway_ready{${ours}})`,
      '{{kbnt_install}}',
    ),
    stat(
      { title: 'Calls', description: 'Answered each second, on average over the time that is shown.', unit: 'reqps' },
      `sum(${ofGateways(`rate(http_requests_total{${ours}}[$__range])`)})`,
    ),
    stat(
      {
        title: 'Failed',
        description: 'Share of the calls that were answered with 5xx, over the time that is shown.',
        unit: 'percentunit',
      },
      failing('$__range'),
    ),
    stat(
      { title: 'Wait now', description: "Calls that wait for the operator's answer." },
      ofAll('kbnt_gateway_waiting'),
    ),
    stat({ title: 'Streams', description: 'Streams of changes that are open now.' }, ofAll('kbnt_gateway_streams')),
    stat(
      {
        title: 'Orders kept',
        description: 'Finished reservations that are there only because their order may come again.',
      },
      ofAll('kbnt_orders_kept'),
    ),
    lines({ title: 'Calls by route', description: 'A second, streams counted when they end.', unit: 'reqps' }, [
      rateOf('http_requests_total', 'method, route'),
      '{{method}} {{route}}',
    ]),
    lines({ title: 'Answers', description: 'A second, by status; 499 = the client hung up before.', unit: 'reqps' }, [
      rateOf('http_requests_total', 'status'),
      '{{status}}',
    ]),
    lines(
      { title: 'Time of calls', description: 'From the headers to the end of the answer; without streams.', unit: 's' },
      [callsWithin(0.5, 'le', noStreams), '50 %'],
      [callsWithin(0.95, 'le', noStreams), '95 %'],
      [callsWithin(0.99, 'le', noStreams), '99 %'],
    ),
    lines({ title: 'Time by route, 95 %', description: 'Of each route; without streams.', unit: 's' }, [
      callsWithin(0.95, 'le, method, route', noStreams),
      '{{method}} {{route}}',
    ]),
    lines(
      {
        title: 'Where the time of an order goes, 95 %',
        description:
          "The whole call, and of it the order, once it is known who calls. In the order: a write of the API server, and one of the operator's, with which it decides. What is left of the order waits for its turn and for the watch; what is left of the call goes into bodies and look-ups.",
        unit: 's',
      },
      [callsWithin(0.95, 'le', orders), 'the call'],
      [within(0.95, 'kbnt_gateway_wait_seconds'), 'the order'],
      [apiWithin(0.95, 'le', 'verb="POST", '), 'a write of the API server'],
      [within(0.95, 'kbnt_ledger_commit_seconds'), "a write of the operator's"],
    ),
    lines(
      {
        title: 'Wait for the operator, 95 %',
        description: 'Of what the operator has answered, by operation; without orders for a stock that is not there.',
        unit: 's',
      },
      [within(0.95, 'kbnt_gateway_operator_wait_seconds', 'operation'), '{{operation}}'],
    ),
    lines(
      {
        title: 'Not answered in time',
        description: 'Calls a second that have waited for the operator, at least 1 s, and went without its answer.',
        unit: 'reqps',
      },
      [`sum by (operation) (rate(kbnt_gateway_unanswered_total{${ours}}[$__rate_interval]))`, '{{operation}}'],
    ),
    lines(
      { title: 'Orders', description: 'A second, by what became of them; unknown = not yet decided.', unit: 'ops' },
      [`sum by (outcome) (rate(kbnt_gateway_decisions_total{${ours}}[$__rate_interval]))`, '{{outcome}}'],
    ),
    lines(
      { title: 'Open at the same time', description: 'Calls under way, those that wait for the operator, streams.' },
      [`sum(${ofGateways(`http_requests_in_flight{${ours}}`)})`, 'under way'],
      [ofAll('kbnt_gateway_waiting'), 'wait'],
      [ofAll('kbnt_gateway_streams'), 'streams'],
    ),
    lines({ title: 'What streams send', description: 'Events a second, marks included.', unit: 'ops' }, [
      `sum(rate(kbnt_gateway_stream_events_total{${ours}}[$__rate_interval]))`,
      'events',
    ]),
    lines({ title: 'Streams that end', description: 'A second, and why; HungUp = by their client.', unit: 'ops' }, [
      `sum by (reason) (rate(kbnt_gateway_streams_ended_total{${ours}}[$__rate_interval]))`,
      '{{reason}}',
    ]),
    lines(
      {
        title: 'Beyond a limit',
        description:
          'Calls a second, answered 429: reads and writes of a caller, all of an address. Not who has too many lists or streams at once; those are in "Answered 429 and 503".',
        unit: 'reqps',
      },
      [`sum by (kind) (rate(kbnt_gateway_rate_limited_total{${ours}}[$__rate_interval]))`, '{{kind}}'],
    ),
    lines(
      {
        title: 'Not let in',
        description: 'Calls a second that were answered 503 at the door, by what there was too much of.',
        unit: 'reqps',
      },
      [`sum by (by) (rate(kbnt_gateway_overloaded_total{${ours}}[$__rate_interval]))`, '{{by}}'],
    ),
    lines(
      {
        title: 'Answered 429 and 503',
        description: 'A second, by route; also where a watch is too old, nobody leads, or the API server is away.',
        unit: 'reqps',
      },
      [rateOf('http_requests_total', 'status, route', 'status=~"429|503", '), '{{status}} {{route}}'],
    ),
    lines(
      {
        title: 'Who calls, and what they may',
        description:
          'Questions a second, by their answer and whether it was remembered; else the API server was asked.',
        unit: 'ops',
      },
      [
        `sum by (result, cached) (rate(kbnt_gateway_access_reviews_total{${ours}}[$__rate_interval]))`,
        '{{result}}, remembered: {{cached}}',
      ],
    ),
    lines({ title: 'Calls of the API server', description: 'A second, by the answer.', unit: 'reqps' }, [
      rateOf('rest_client_requests_total', 'code'),
      '{{code}}',
    ]),
    lines({ title: 'Time of the API server, 99 %', description: 'Of what gateways ask of it.', unit: 's' }, [
      apiWithin(0.99, 'le, verb'),
      '{{verb}}',
    ]),
    lines(
      {
        title: 'How old memory is',
        description: 'Since when a watch fails, of the worst gateway; beyond 30 s its kind is answered 503.',
        unit: 's',
      },
      [`max by (resource) (kbnt_gateway_cache_age_seconds{${ours}})`, '{{resource}}'],
    ),
    lines(
      {
        title: 'Watches',
        description: 'Time since each brought something; a bookmark comes every minute or so.',
        unit: 's',
      },
      [
        `time() - min by (resource) (${ofGateways(`kbnt_reflector_last_event_timestamp_seconds{${ours}}`)})`,
        '{{resource}}',
      ],
    ),
    lines(
      { title: 'Watches that broke', description: 'Watches started again and full lists, a second.', unit: 'ops' },
      [rateOf('kbnt_reflector_restarts_total', 'resource'), '{{resource}} started again'],
      [rateOf('kbnt_reflector_relists_total', 'resource'), '{{resource}} listed again'],
    ),
    lines(
      { title: 'Lines of logs', description: 'Taken for other programs, and acknowledged by Kafka.', unit: 'ops' },
      [rateOf('kbnt_gateway_log_entries_total', 'topic'), '{{topic}}'],
    ),
    lines(
      { title: 'Lines that wait', description: 'Of logs, for Kafka. Beyond its limit callers wait.', unit: 'bytes' },
      [ofGateways(`kbnt_gateway_log_waiting_bytes{${ours}}`), '{{pod}}'],
    ),
    lines(
      { title: 'Memory', description: 'What each process takes, and what of it is heap.', unit: 'bytes' },
      [ofGateways(`process_resident_memory_bytes{${ours}}`), '{{pod}}'],
      [ofGateways(`nodejs_heap_size_used_bytes{${ours}}`), '{{pod}} heap'],
    ),
    lines({ title: 'CPU', description: 'Cores that each process uses.' }, [
      ofGateways(`rate(process_cpu_seconds_total{${ours}}[$__rate_interval])`),
      '{{pod}}',
    ]),
    lines(
      {
        title: 'Event loop, 99 %',
        description: 'How late each process gets to what it has to do; where all is too late newcomers are sent away.',
        unit: 's',
      },
      [ofGateways(`nodejs_eventloop_lag_p99_seconds{${ours}}`), '{{pod}}'],
    ),
    lines(
      {
        title: 'Orders that may come again',
        description: 'Finished reservations that are kept for them, and those that went too early, each second.',
      },
      [ofAll('kbnt_orders_kept'), 'kept'],
      [`sum(rate(kbnt_orders_forgotten_total{${ours}}[$__rate_interval]))`, 'gone too early'],
    ),
    lines(
      {
        title: 'How long orders are kept',
        description: 'After the end of their reservation: gateway.keepFinished, or less while there are too many.',
        unit: 's',
      },
      [`min(kbnt_orders_kept_seconds{${ours}} > 0)`, 'kept for'],
    ),
  ],
}
