{{- /* What the operator calls in the namespaces that it serves. A test holds it against the calls of real runs. */}}
{{- define "kbnt.rules" -}}
- apiGroups: [kbnt.io]
  resources: [virtualstocks]
  verbs: [get, list, watch, patch]
- apiGroups: [kbnt.io]
  resources: [reservations] # patched where their marks were taken off, and where orders have their stock sold or held for longer
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [kbnt.io]
  resources: [vmachines, vstorages, vnetworks] # requests have them made, and ended
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [kbnt.io]
  resources: [vrequests]
  verbs: [get, list, watch, delete]
- apiGroups: [kbnt.io] # also where they are not served any more: whoever deletes one is not to wait for ever
  resources: [orders]
  verbs: [get, list, watch, patch]
- apiGroups: [kbnt.io]
  resources: [virtualstocks/status, reservations/status, vmachines/status, vstorages/status, vnetworks/status, vrequests/status]
  verbs: [update]
{{- if include "kbnt.servesOrders" . }}
- apiGroups: [kbnt.io]
  resources: [orders]
  verbs: [delete]
- apiGroups: [kbnt.io]
  resources: [orders/status]
  verbs: [update]
{{- end }}
- apiGroups: [kbnt.io] # owner references that block the deletion of a machine, where the cluster asks for this
  resources: [vmachines/finalizers]
  verbs: [update]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [coordination.k8s.io] # whether another install that serves some stocks is alive
  resources: [leases]
  verbs: [get]
{{- if and .Values.databases (not (include "kbnt.namespaces" .)) }}
- apiGroups: [""] # its uid tells the rows of this cluster from those of another that has come to the same database
  resources: [namespaces]
  resourceNames: [kube-system]
  verbs: [get]
{{- end }}
{{- if .Values.volumes.enabled }}
- apiGroups: [""] # what storages have their data on
  resources: [persistentvolumeclaims]
  verbs: [get, list, watch, create, patch, delete]
{{- end }}
{{- if .Values.networks.enabled }}
- apiGroups: [k8s.cni.cncf.io] # what networks are made as
  resources: [network-attachment-definitions]
  verbs: [get, list, watch, create, patch, delete]
{{- end }}
{{- if .Values.kubevirt.enabled }}
- apiGroups: [kubevirt.io]
  resources: [virtualmachines]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [kubevirt.io]
  resources: [virtualmachineinstances]
  verbs: [get, list, watch]
{{- end }}
{{- end }}

{{- /* Whether there are orders: where settings name somebody to pay. */}}
{{- define "kbnt.servesOrders" -}}
{{- if dig "orders" "payments" dict .Values.settings }}true{{ end }}
{{- end }}

{{- /* What takes the finalizers off needs. */}}
{{- define "kbnt.uninstallRules" -}}
- apiGroups: [kbnt.io]
  resources: [virtualstocks, vmachines, vstorages, vnetworks, orders]
  verbs: [get, list, patch]
- apiGroups: [events.k8s.io] # at each order that keeps its finalizer because its money is not settled
  resources: [events]
  verbs: [create]
{{- end }}

{{- /* Whom the operator runs as. */}}
{{- define "kbnt.account" -}}
{{- if or .Values.serviceAccount.name .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "kbnt.fullname" .) }}
{{- else }}{{ fail "serviceAccount.name is needed with serviceAccount.create=false" }}{{ end }}
{{- end }}

{{- /* Arguments: root, hook (test, uninstall, or gateway, which is none). Whether its account is made; else it is there already. */}}
{{- define "kbnt.makesHookAccount" -}}
{{- if and .root.Values.serviceAccount.create (not (get .root.Values .hook).serviceAccountName) }}true{{ end }}
{{- end }}

{{- /* The same arguments. Whom it runs as. */}}
{{- define "kbnt.hookAccount" -}}
{{- if include "kbnt.makesHookAccount" . }}{{ printf "%s-%s" (include "kbnt.fullname" .root) .hook }}
{{- else }}{{ (get .root.Values .hook).serviceAccountName | default (include "kbnt.account" .root) }}{{ end }}
{{- end }}

{{- /* Whether the gateway takes guests: callers whose tokens are for it alone, and for whom it acts by its own account. */}}
{{- define "kbnt.gatewayGuests" -}}
{{- $tokens := dig "gateway" "tokens" dict .Values.settings }}
{{- if or $tokens.audience $tokens.issuers }}true{{ end }}
{{- end }}

{{- /* What the gateway does in the namespaces that it serves, with its own rights. All else it does with its callers' tokens. */}}
{{- define "kbnt.gatewayRules" -}}
- apiGroups: [kbnt.io] # to have them in memory
  resources: [virtualstocks, reservations, vmachines, vrequests{{ if include "kbnt.servesOrders" . }}, orders{{ end }}]
  verbs: [list, watch]
{{- if include "kbnt.gatewayGuests" . }}
- apiGroups: [kbnt.io] # what guests may do, when they do it
  resources: [virtualstocks, reservations{{ if include "kbnt.servesOrders" . }}, orders{{ end }}]
  verbs: [get, create, patch]
- apiGroups: [kbnt.io]
  resources: [vrequests]
  verbs: [get, create]
- apiGroups: [kbnt.io]
  resources: [vmachines]
  verbs: [get]
{{- end }}
{{- end }}

{{- /* What it asks about guests. Neither is of a namespace, so no Role can grant them. */}}
{{- define "kbnt.gatewayReviewRules" -}}
{{- if dig "gateway" "tokens" "audience" "" .Values.settings }}
- apiGroups: [authentication.k8s.io] # whose a token is; those of issuers it looks into itself
  resources: [tokenreviews]
  verbs: [create]
{{- end }}
- apiGroups: [authorization.k8s.io] # what a guest may
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end }}

{{- /* Whom the gateway runs as: never the operator, who may write. */}}
{{- define "kbnt.gatewayAccount" -}}
{{- $account := dict "root" . "hook" "gateway" }}
{{- if not (include "kbnt.makesHookAccount" $account) }}
{{- $_ := required "gateway.serviceAccountName is needed with serviceAccount.create=false: the gateway must not have the operator's rights" .Values.gateway.serviceAccountName }}
{{- end }}
{{- include "kbnt.accountApart" (dict "root" . "at" "gateway" "account" .Values.gateway.serviceAccountName) }}
{{- include "kbnt.hookAccount" $account }}
{{- end }}

{{- /* Arguments: root; at, where values have it; account, that is given there, if any. Refuses the operator's own, which may write the books. */}}
{{- define "kbnt.accountApart" -}}
{{- if eq .account (include "kbnt.account" .root) }}
{{- fail (printf "%s.serviceAccountName is %s, the operator's account: give another one, which does not have its rights" .at .account) }}
{{- end }}
{{- end }}

{{- /* Arguments: root, name, account, rules, annotations, labels (those of the operator where there are none). Granted to the account: cluster-wide, or in each served namespace. */}}
{{- define "kbnt.grant" -}}
{{- $namespaces := include "kbnt.namespaces" .root }}
{{- $role := ternary "Role" "ClusterRole" (ne $namespaces "") }}
{{- $name := .name }}
{{- $labels := .labels | default (include "kbnt.labels" .root) }}
{{- if eq $role "ClusterRole" }}{{ $name = include "kbnt.nameAmongAll" . }}{{ end }}
{{- range $index, $namespace := (ternary (splitList " " $namespaces) (list "") (ne $namespaces "")) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $role }}
metadata:
  name: {{ $name | quote }}
  {{- with $namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels: {{- $labels | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" $.root "own" $.annotations) }}{{ . | nindent 2 }}{{ end }}
rules: {{- $.rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $role }}Binding
metadata:
  name: {{ $name | quote }}
  {{- with $namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels: {{- $labels | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" $.root "own" $.annotations) }}{{ . | nindent 2 }}{{ end }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: {{ $role }}, name: {{ $name | quote }} }
subjects:
  - { kind: ServiceAccount, name: {{ $.account | quote }}, namespace: {{ $.root.Release.Namespace | quote }} }
{{- end }}
{{- end }}

{{- /* Makes requests of messages, counts those that are not over, and looks whether one is there already. */}}
{{- define "kbnt.virtualizationRules" -}}
- apiGroups: [kbnt.io]
  resources: [vrequests]
  verbs: [get, list, create]
{{- end }}

{{- /* The namespaces that messages may ask for, as the value watchNamespaces: those of the sources, where all of them name some. */}}
{{- define "kbnt.asked" -}}
{{- $served := splitList " " (include "kbnt.namespaces" .) }}
{{- $asked := list }}
{{- $any := false }}
{{- range .Values.flows.virtualization.sources }}
{{- if kindIs "slice" .namespaces }}
{{- range .namespaces }}
{{- if not (or (has . $served) (has "" $served)) }}{{ fail (printf "flows.virtualization.sources name the namespace %s, which watchNamespaces does not: nobody would serve what is asked for there" .) }}{{ end }}
{{- $asked = append $asked . }}
{{- end }}
{{- else if .namespaces }}{{ $any = true }}{{ end }}
{{- end }}
{{- if and (not $any) (not $asked) }}{{ fail "flows.virtualization.sources name no namespaces: what may be asked for where?" }}{{ end }}
{{- dict "watchNamespaces" (ternary .Values.watchNamespaces ($asked | uniq) $any) | toYaml }}
{{- end }}
