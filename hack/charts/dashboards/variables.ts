export type Variable = 'namespace' | 'product' | 'stock'

/** Series of the installs that are chosen. `.*`, which is All, also fits what nobody has given that label. */
export const ours = 'kbnt_install=~"$install"'

/** The namespace of a stock is in another label where the scraper overwrites ours, as on OpenShift. */
export const inNamespaces = `${ours}, $namespace_label=~"$namespace"`

/** Series of stocks that are chosen; those beyond `metrics.maxStocks` are in sums called `_other`. */
export const ofStocks = `${inNamespaces}, product=~"$product", stock=~"$stock"`

/** What tells one stock from another. */
export const byStock = 'kbnt_install, $namespace_label, stock, product'

/** Others serve metrics of these names, too, and so do gateways: ours are those of pods that say they are operators. */
export function ofOperators(expr: string): string {
  return `${expr} and on (namespace, pod) kbnt_build_info{program!~"gateway|worker", ${ours}}`
}

/** The same of gateways. */
export function ofGateways(expr: string): string {
  return `${expr} and on (namespace, pod) kbnt_build_info{program="gateway", ${ours}}`
}

/** The time within which `share` of what a histogram counts was done, for each value of the labels `by`. */
export function within(share: number, histogram: string, by = ''): string {
  const labels = by === '' ? 'le' : `le, ${by}`
  return `histogram_quantile(${share}, sum by (${labels}) (rate(${histogram}_bucket{${ours}}[$__rate_interval])))`
}

const datasource = { type: 'prometheus', uid: '$datasource' }

function chosen(name: string, label: string, query: string): object {
  const all = { multi: true, includeAll: true, allValue: '.*', current: { text: ['All'], value: ['$__all'] } }
  return { ...{ name, label, type: 'query', datasource, query }, ...{ refresh: 2, sort: 1 }, ...all }
}

/** Where the stocks of a choice are named. */
const SERIES = 'kbnt_virtual_stock_quantity'

const more: Readonly<Record<Variable, readonly object[]>> = {
  namespace: [
    {
      ...{ name: 'namespace_label', label: 'Label of namespaces', type: 'custom' },
      ...{ query: 'namespace,exported_namespace', current: { text: 'namespace', value: 'namespace' } },
      options: ['namespace', 'exported_namespace'].map((value) => ({
        text: value,
        value,
        selected: value === 'namespace',
      })),
    },
    chosen('namespace', 'Namespace', `label_values(${SERIES}{${ours}}, $namespace_label)`),
  ],
  product: [chosen('product', 'Product', `label_values(${SERIES}{${inNamespaces}}, product)`)],
  stock: [chosen('stock', 'Stock', `label_values(${SERIES}{${inNamespaces}, product=~"$product"}, stock)`)],
}

/** What can be chosen at the top of a page. */
export function variables(names: readonly Variable[]): object[] {
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
    chosen('install', 'Install', 'label_values(kbnt_build_info, kbnt_install)'),
    ...names.flatMap((name) => more[name]),
  ]
}
