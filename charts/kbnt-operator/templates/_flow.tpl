{{- /*
All of one flow: members of its group with an account, a user of Kafka and a budget of their own, so that a flow in trouble is
in nobody else's way. Arguments: root; flow; values; own, its part of the settings; beside, other parts of them; files, Secrets
to mount; urls that it calls; calls, whether it asks the API server for anything. Values with a database have it mounted in
these pods alone.
*/}}
{{- define "kbnt.flow" -}}
{{- $name := include "kbnt.flowName" . }}
{{- $labels := include "kbnt.flowLabels" . }}
{{- $selector := include "kbnt.flowSelector" . }}
{{- $settings := include "kbnt.flowSettings" . }}
{{- $given := include "kbnt.flowRoot" . | fromYaml }}
{{- $account := include "kbnt.flowAccount" . }}
{{- if and .root.Values.serviceAccount.create (not .values.serviceAccountName) }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name | quote }}
  namespace: {{ .root.Release.Namespace | quote }}
  labels: {{- $labels | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" .root) }}{{ . | nindent 2 }}{{ end }}
automountServiceAccountToken: false
---
{{- end }}
{{ include "kbnt.deployment" (dict
  "root" .root "program" "worker" "name" $name "account" $account "labels" $labels "selector" $selector
  "replicas" .values.replicas "args" (list "worker") "ports" list "settings" $settings "withoutToken" (not .calls)
  "files" (concat (include "kbnt.kafkaFiles" $given | fromJsonArray) (include "kbnt.databaseFiles" (dict "root" $given "program" "worker") | fromJsonArray) .files)
  "values" .values) }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name | quote }}
  namespace: {{ .root.Release.Namespace | quote }}
  labels: {{- $labels | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" .root) }}{{ . | nindent 2 }}{{ end }}
data:
  settings.yaml: | {{- $settings | nindent 4 }}
---
{{ include "kbnt.metricsService" (dict "root" .root "name" $name "labels" $labels "selector" $selector) }}
{{- if .root.Values.podDisruptionBudget.enabled }}
---
{{ include "kbnt.disruptionBudget" (dict "root" .root "name" $name "labels" $labels "selector" $selector) }}
{{- end }}
{{- if .root.Values.serviceMonitor.enabled }}
---
{{ include "kbnt.serviceMonitor" (dict "root" .root "name" $name "labels" $labels "selector" $selector) }}
{{- end }}
{{- if .root.Values.networkPolicy.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $name | quote }}
  namespace: {{ .root.Release.Namespace | quote }}
  labels: {{- $labels | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" .root) }}{{ . | nindent 2 }}{{ end }}
spec:
  podSelector:
    matchLabels: {{- $selector | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports:
        - { port: metrics, protocol: TCP }
        - { port: health, protocol: TCP }
      {{- with .root.Values.networkPolicy.from }}
      from: {{- toYaml . | nindent 8 }}
      {{- end }}
  egress:
    {{- include "kbnt.egressToNames" .root | nindent 4 }}
    {{- if .calls }}
    {{- include "kbnt.egressToApi" .root | nindent 4 }}
    {{- end }}
    {{- include "kbnt.egressToKafka" $given | nindent 4 }}
    {{- with include "kbnt.egressToDatabases" $given }}{{ . | nindent 4 }}{{ end }}
    {{- if .urls }}
    - ports: # what it calls
        {{- $ports := list }}
        {{- range .urls }}
        {{- $url := urlParse . }}
        {{- $ports = append $ports (regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary 80 443 (eq $url.scheme "http")) | int) }}
        {{- end }}
        {{- range $ports | uniq }}
        - { port: {{ . }}, protocol: TCP }
        {{- end }}
    {{- end }}
    {{- with .values.extraEgress }}{{ toYaml . | nindent 4 }}{{ end }}
{{- end }}
{{- end }}

{{- /* The arguments of kbnt.flow. Whom a flow runs as: one that calls the API server must not have the rights of others. */}}
{{- define "kbnt.flowAccount" -}}
{{- if .values.serviceAccountName }}{{ .values.serviceAccountName }}
{{- else if .root.Values.serviceAccount.create }}{{ include "kbnt.flowName" . }}
{{- else if .calls }}{{ fail (printf "flows.%s.serviceAccountName is needed with serviceAccount.create=false: it calls the API server" .flow) }}
{{- else }}default{{ end }}
{{- end }}
