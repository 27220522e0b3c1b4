import type { Dashboard } from './dashboard.ts'
import { lines, stat, table } from './panel.ts'
import { ours, within } from './variables.ts'

const created = (status: string, range: string): string =>
  `sum(increase(kbnt_virtual_resources_created_total{type="VirtualMachine", status="${status}", ${ours}}[${range}]))`

export const machines: Dashboard = {
  name: 'machines',
  title: 'KBNT machines and cost',
  description: 'Machines, storages and networks, how they come up, and what their capacity costs.',
  variables: [],
  panels: [
    stat(
      { title: 'Running', description: 'Machines that run now.' },
      `sum(kbnt_virtual_resources_active{resource_type="VirtualMachine", ${ours}})`,
    ),
    stat(
      { title: 'On their way', description: 'Machines that wait for capacity or boot.' },
      `sum(kbnt_machines{phase=~"Pending|Reserving|Provisioning", ${ours}}) or vector(0)`,
    ),
    stat(
      { title: 'Failed', description: 'Machines that have failed for good and that nobody has deleted.' },
      `sum(kbnt_machines{phase="Failed", ${ours}}) or vector(0)`,
    ),
    stat(
      {
        title: 'Orphaned capacity',
        description: 'Machines that are gone and still hold capacity after a minute. Should be 0.',
      },
      `sum(kbnt_orphaned_machine_capacities{${ours}})`,
    ),
    stat(
      { title: 'Cost an hour', description: 'What the capacity that is held costs, by the prices of its pools.' },
      `sum by (currency) (rate(kbnt_resource_cost_total{${ours}}[$__rate_interval])) * 3600`,
      '{{currency}}',
    ),
    stat(
      { title: 'Cost', description: 'The same, summed up over the time that is shown.' },
      `sum by (currency) (increase(kbnt_resource_cost_total{${ours}}[$__range]))`,
      '{{currency}}',
    ),
    table({ title: 'Machines now', description: 'How many are in each phase, and why.' }, [
      `sum by (phase, reason) (kbnt_machines{${ours}})`,
      'machines',
    ]),
    table({ title: 'Storages now', description: 'How many are in each phase, and why.' }, [
      `sum by (phase, reason) (kbnt_storages{${ours}})`,
      'storages',
    ]),
    table({ title: 'Networks now', description: 'How many are in each phase, and why.' }, [
      `sum by (phase, reason) (kbnt_networks{${ours}})`,
      'networks',
    ]),
    lines(
      { title: 'Allocation of storages', description: 'Creation of a storage until it could be used.', unit: 's' },
      [within(0.95, 'kbnt_storage_allocation_seconds'), '95 %'],
    ),
    table(
      {
        title: 'The 20 busiest pools',
        description: 'Machines that came up, or failed for good, within the time that is shown.',
      },
      [
        `topk(20, sum by (region, status) (increase(kbnt_virtual_resources_created_total{type="VirtualMachine", ${ours}}[$__range])))`,
        'machines',
      ],
    ),
    lines(
      { title: 'Machines that came up', description: 'Within each interval; failed = given up for good.' },
      [created('success', '$__rate_interval'), 'came up'],
      [created('failed', '$__rate_interval'), 'failed'],
    ),
    lines({ title: 'Cost an hour', description: 'What the capacity that is held costs, in each currency.' }, [
      `sum by (currency) (rate(kbnt_resource_cost_total{${ours}}[$__rate_interval])) * 3600`,
      '{{currency}}',
    ]),
    lines(
      { title: 'Boot', description: 'Time from the provider to a machine that runs.', unit: 's' },
      [within(0.5, 'kbnt_vm_boot_time_seconds'), '50 %'],
      [within(0.95, 'kbnt_vm_boot_time_seconds'), '95 %'],
    ),
    lines(
      {
        title: 'From the object to the machine',
        description: 'How long it took until its provider had it, and until it ran, 95 %.',
        unit: 's',
      },
      [within(0.95, 'kbnt_processing_duration_seconds'), 'provider has it'],
      [within(0.95, 'kbnt_end_to_end_latency_seconds'), 'runs'],
    ),
  ],
}
