{{- /* What the operator calls in the namespaces that it serves. A test holds it against the calls of real runs. */}}
{{- define "kbnt.rules" -}}
- apiGroups: [kbnt.io]
  resources: [virtualstocks]
  verbs: [get, list, watch, patch]
- apiGroups: [kbnt.io]
  resources: [reservations]
  verbs: [get, list, watch, create, delete]
- apiGroups: [kbnt.io]
  resources: [vmachines]
  verbs: [get, list, watch, patch]
- apiGroups: [kbnt.io]
  resources: [virtualstocks/status, reservations/status, vmachines/status]
  verbs: [update]
- apiGroups: [kbnt.io] # owner references that block the deletion of a machine, where the cluster asks for this
  resources: [vmachines/finalizers]
  verbs: [update]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [coordination.k8s.io] # whether another install that serves some stocks is alive
  resources: [leases]
  verbs: [get]
{{- if .Values.kubevirt.enabled }}
- apiGroups: [kubevirt.io]
  resources: [virtualmachines]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [kubevirt.io]
  resources: [virtualmachineinstances]
  verbs: [get, list, watch]
{{- end }}
{{- end }}

{{- /* What takes the finalizers off needs. */}}
{{- define "kbnt.uninstallRules" -}}
- apiGroups: [kbnt.io]
  resources: [virtualstocks, vmachines]
  verbs: [get, list, patch]
{{- end }}

{{- /* Whom the operator runs as. */}}
{{- define "kbnt.account" -}}
{{- if or .Values.serviceAccount.name .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "kbnt.fullname" .) }}
{{- else }}{{ fail "serviceAccount.name is needed with serviceAccount.create=false" }}{{ end }}
{{- end }}

{{- /* Arguments: root, hook (test or uninstall). Whether the account of a hook is made; else it is there already. */}}
{{- define "kbnt.makesHookAccount" -}}
{{- if and .root.Values.serviceAccount.create (not (get .root.Values .hook).serviceAccountName) }}true{{ end }}
{{- end }}

{{- /* The same arguments. Whom a hook runs as. */}}
{{- define "kbnt.hookAccount" -}}
{{- if include "kbnt.makesHookAccount" . }}{{ printf "%s-%s" (include "kbnt.fullname" .root) .hook }}
{{- else }}{{ (get .root.Values .hook).serviceAccountName | default (include "kbnt.account" .root) }}{{ end }}
{{- end }}

{{- /* Arguments: root, name, account, rules, annotations. Granted to the account: cluster-wide, or in each served namespace. */}}
{{- define "kbnt.grant" -}}
{{- $namespaces := include "kbnt.namespaces" .root }}
{{- $role := ternary "Role" "ClusterRole" (ne $namespaces "") }}
{{- $name := .name }}
{{- if eq $role "ClusterRole" }}{{ $name = printf "%s-%s" .root.Release.Namespace .name }}{{ end }}
{{- range $index, $namespace := (ternary (splitList " " $namespaces) (list "") (ne $namespaces "")) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $role }}
metadata:
  name: {{ $name | quote }}
  {{- with $namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels: {{- include "kbnt.labels" $.root | nindent 4 }}
  {{- with $.annotations }}
  annotations: {{- . | nindent 4 }}
  {{- end }}
rules: {{- $.rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $role }}Binding
metadata:
  name: {{ $name | quote }}
  {{- with $namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels: {{- include "kbnt.labels" $.root | nindent 4 }}
  {{- with $.annotations }}
  annotations: {{- . | nindent 4 }}
  {{- end }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: {{ $role }}, name: {{ $name | quote }} }
subjects:
  - { kind: ServiceAccount, name: {{ $.account | quote }}, namespace: {{ $.root.Release.Namespace | quote }} }
{{- end }}
{{- end }}
