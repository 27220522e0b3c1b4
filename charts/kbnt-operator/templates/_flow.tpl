{{- /*
All of one flow: members of its group with an account, a user of Kafka and a budget of their own, so that a flow in trouble is
in nobody else's way. Arguments: root; flow; key, what values and settings call it where that is another name; values; own, its part of the settings; beside, other parts of them; files, Secrets
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
{{- $deployment := dict
  "root" .root "program" "worker" "name" $name "account" $account "labels" $labels "selector" $selector
  "args" (list "worker") "ports" list "settings" $settings "withoutToken" (not .calls)
  "files" (concat (include "kbnt.kafkaFiles" $given | fromJsonArray) (include "kbnt.databaseFiles" (dict "root" $given "program" "worker") | fromJsonArray) .files)
  "values" .values }}
{{- if eq .values.autoscaling.by "none" }}{{ $_ := set $deployment "replicas" .values.replicas }}{{ end }}
{{ include "kbnt.deployment" $deployment }}
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
{{- if ne .values.autoscaling.by "none" }}
---
{{ include "kbnt.flowScaling" . }}
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
    {{- include (ternary "kbnt.egressToApi" "kbnt.egressToNames" (not (empty .calls))) .root | nindent 4 }}
    {{- include "kbnt.egressToKafka" $given | nindent 4 }}
    {{- with include "kbnt.egressToDatabases" $given }}{{ . | nindent 4 }}{{ end }}
    {{- with .urls }}{{ include "kbnt.egressToUrls" . | nindent 4 }}{{ end }}
    {{- with .values.extraEgress }}{{ toYaml . | nindent 4 }}{{ end }}
{{- end }}
{{- end }}

{{- /* The arguments of kbnt.flow. Whom a flow runs as: one that calls the API server must not have the rights of others. */}}
{{- define "kbnt.flowAccount" -}}
{{- include "kbnt.accountApart" (dict "root" .root "at" (printf "flows.%s" (.key | default .flow)) "account" .values.serviceAccountName) }}
{{- if .values.serviceAccountName }}{{ .values.serviceAccountName }}
{{- else if .root.Values.serviceAccount.create }}{{ include "kbnt.flowName" . }}
{{- else if .calls }}{{ fail (printf "flows.%s.serviceAccountName is needed with serviceAccount.create=false: it calls the API server" .flow) }}
{{- else }}default{{ end }}
{{- end }}

{{- /* The arguments of kbnt.flow. What has more of its members run while they are behind, and slowly fewer afterwards: each change of the group has all of them wait. */}}
{{- define "kbnt.flowScaling" -}}
{{- $name := include "kbnt.flowName" . }}
{{- $at := printf "flows.%s" (.key | default .flow) }}
{{- $settings := include "kbnt.flowSettings" . | fromYaml }}
{{- $own := get $settings.worker (.key | default .flow) }}
{{- with .values.autoscaling }}
{{- $least := max 2 (int $.values.replicas) }}
{{- if lt (int .maxReplicas) $least }}{{ fail (printf "%s.autoscaling.maxReplicas is %d, below the %d that run in any case (replicas, at least 2)" $at (int .maxReplicas) $least) }}{{ end }}
{{- $lag := eq .by "lag" }}
{{- if and $lag (not .authentication) }}{{ include "kbnt.lagLoginCheck" (dict "at" $at "kafka" $settings.kafka) }}{{ end }}
{{- if not (or $lag (dig "requests" "cpu" "" ($.values.resources | default dict))) }}
{{- fail (printf "%s.autoscaling.by is cpu, and %s.resources.requests.cpu is missing: a share of what?" $at $at) }}
{{- end }}
apiVersion: {{ ternary "keda.sh/v1alpha1" "autoscaling/v2" $lag }}
kind: {{ ternary "ScaledObject" "HorizontalPodAutoscaler" $lag }}
metadata:
  name: {{ ternary (include "kbnt.serviceName" $name) $name $lag | quote }} {{- /* KEDA has it in a label */}}
  namespace: {{ $.root.Release.Namespace | quote }}
  labels: {{- include "kbnt.flowLabels" $ | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" $.root) }}{{ . | nindent 2 }}{{ end }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ $name | quote }} }
  {{ ternary "minReplicaCount" "minReplicas" $lag }}: {{ $least }}
  {{ ternary "maxReplicaCount" "maxReplicas" $lag }}: {{ .maxReplicas }}
  {{- if $lag }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior: {{- include "kbnt.flowBehavior" . | nindent 8 }}
  triggers:
    {{- range include "kbnt.flowTopics" (dict "flow" $.flow "own" $own) | fromJsonArray }}
    - type: kafka
      metadata:
        bootstrapServers: {{ join "," $settings.kafka.brokers | quote }}
        consumerGroup: {{ include "kbnt.flowGroup" (dict "flow" $.flow "own" $own) | quote }}
        topic: {{ . | quote }}
        lagThreshold: {{ int64 $.values.autoscaling.lag | quote }} {{- /* KEDA does not read 1e+06 */}}
        offsetResetPolicy: earliest
        tls: {{ ternary "enable" "disable" (hasKey $settings.kafka "ssl") }}
      {{- with $.values.autoscaling.authentication }}
      authenticationRef: { name: {{ . | quote }} }
      {{- end }}
    {{- end }}
  {{- else }}
  metrics:
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: {{ .cpu }} } }
  behavior: {{- include "kbnt.flowBehavior" . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* Arguments: at, kafka, the settings. Refuses what KEDA can't know without a TriggerAuthentication: it has no files of the flow's. */}}
{{- define "kbnt.lagLoginCheck" -}}
{{- $ssl := .kafka.ssl | default dict }}
{{- $wants := list }}
{{- if hasKey .kafka "sasl" }}{{ $wants = append $wants "a login (sasl, username, password)" }}{{ end }}
{{- if $ssl.certFile }}{{ $wants = append $wants "a certificate (cert, key)" }}{{ end }}
{{- if $ssl.caFile }}{{ $wants = append $wants "trust in an authority of its own (ca)" }}{{ end }}
{{- with $wants }}
{{- fail (printf "%s.autoscaling.authentication is missing: Kafka wants %s, and KEDA has none without a TriggerAuthentication" $.at (join " and " .)) }}
{{- end }}
{{- end }}

{{- define "kbnt.flowBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies: [{ type: Pods, value: 1, periodSeconds: 60 }]
scaleDown:
  stabilizationWindowSeconds: 300
  policies: [{ type: Pods, value: 1, periodSeconds: 300 }]
{{- end }}

{{- /* Arguments: flow, own. What a flow reads, as JSON: as its settings say, or by default. */}}
{{- define "kbnt.flowTopics" -}}
{{- $default := dict
  "alerts" (list "critical-stock-events") "history" (list "stock-audit-logs") "integration" (list "stock-audit-logs")
  "log-alerts" (list "error-logs")
  "log-index" (list "error-logs" "application-logs" "audit-logs" "financial-logs") }}
{{- $topics := .own.topics | default list }}
{{- range .own.indices }}{{ $topics = concat $topics .topics }}{{ end }}
{{- $topics | default (get $default .flow) | toJson }}
{{- end }}

{{- /* Arguments: flow, own. */}}
{{- define "kbnt.flowGroup" -}}
{{- .own.group | default (ternary "acl-stock-consumer-group" (printf "kbnt-%s" .flow) (eq .flow "integration")) }}
{{- end }}
