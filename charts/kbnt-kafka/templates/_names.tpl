{{- /* Where it can't be seen what is served, the one that every current Strimzi has. */}}
{{- define "kafka.api" -}}
{{- $served := .Capabilities.APIVersions }}
{{- if ne .Values.apiVersion "auto" }}{{ .Values.apiVersion }}
{{- else if $served.Has "kafka.strimzi.io/v1/Kafka" }}kafka.strimzi.io/v1
{{- else if $served.Has "kafka.strimzi.io/v1beta2/Kafka" }}kafka.strimzi.io/v1beta2
{{- else }}kafka.strimzi.io/v1{{ end }}
{{- end }}

{{- define "kafka.labels" -}}
strimzi.io/cluster: {{ .Values.cluster.name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}{{ toYaml . | nindent 0 }}{{ end }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{- /*
Refuses what Strimzi would take: numbers with which no topic could be made or written, two users or topics of one name, and a flow that would read what is
not there.
*/}}
{{- define "kafka.check" -}}
{{- with .Values }}
{{- if and .cluster.create (gt (int .replication) (int .cluster.replicas)) }}
{{- fail (printf "replication %d needs as many brokers, and cluster.replicas is %d: set cluster.replicas=%d, or replication=%d" (int .replication) (int .cluster.replicas) (int .replication) (int .cluster.replicas)) }}
{{- end }}
{{- $users := list .user }}
{{- range .consumers.users }}{{ $users = append $users .name }}{{ end }}
{{- range include "kafka.flows" $ | fromJsonArray }}{{ $users = append $users .user }}{{ end }}
{{- if or .logs.enabled (include "kafka.askedByGateway" $) }}{{ $users = append $users .logs.user }}{{ end }}
{{- if .bridge.enabled }}{{ $users = append $users .bridge.user }}{{ end }}
{{- if ne (len $users) (len (uniq $users)) }}
{{- fail (printf "user, consumers.users, flows.FLOW.user, logs.user and bridge.user name one KafkaUser twice: %s; each needs a name of its own, or one would have the rights of the other" (join ", " $users)) }}
{{- end }}
{{- $topics := list }}
{{- range include "kafka.topics" $ | fromJsonArray }}{{ $topics = append $topics .name }}{{ end }}
{{- if ne (len $topics) (len (uniq $topics)) }}
{{- fail (printf "topics, consumers.topics, flows.FLOW.deadLetterTopic and logs.topics name one topic twice: %s" (join ", " $topics)) }}
{{- end }}
{{- range $flow := include "kafka.flows" $ | fromJsonArray }}
{{- range $flow.topics | default (list $flow.topic) }}
{{- if not (has . $topics) }}
{{- $where := ternary "logs.enabled makes those of logs; else add it to topics" "add it to topics" (hasKey $flow "topics") }}
{{- fail (printf "flows.%s reads %s, which this chart does not make: %s, or name one of %s" $flow.name . $where (join ", " $topics)) }}
{{- end }}
{{- end }}
{{- end }}
{{- $groups := dict }}
{{- range $flow := include "kafka.flows" $ | fromJsonArray }}
{{- if and $flow.eventsTopic (not (has $flow.eventsTopic $topics)) }}
{{- fail (printf "flows.%s.eventsTopic is %s, which this chart does not make: add it to topics, or leave it empty" $flow.name $flow.eventsTopic) }}
{{- end }}
{{- with get $groups $flow.group }}
{{- fail (printf "flows.%s and flows.%s are both the group %s, and would take each other's messages: give one of them another one, as flows.%s.group" . $flow.name $flow.group $flow.name) }}
{{- end }}
{{- $_ := set $groups $flow.group $flow.name }}
{{- end }}
{{- if gt (int .minInsyncReplicas) (int .replication) }}
{{- fail (printf "minInsyncReplicas %d is more than replication, %d: nothing could be written" (int .minInsyncReplicas) (int .replication)) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What holds the records stays when the release goes. */}}
{{- define "kafka.kept" -}}
{{- if .Values.cluster.keep }}helm.sh/resource-policy: keep{{ end }}
{{- end }}

{{- /* Of the Kafka object; v1beta2 wants to be told of what v1 knows nothing else than. */}}
{{- define "kafka.ofKafka" -}}
{{- include "kafka.kept" . }}
{{- if eq (include "kafka.api" .) "kafka.strimzi.io/v1beta2" }}
strimzi.io/kraft: enabled
strimzi.io/node-pools: enabled
{{- end }}
{{- end }}

{{- /* Arguments: root; own, those that an object has beside those of everything, and which win. */}}
{{- define "kafka.labelsWith" -}}
{{- $labels := include "kafka.labels" .root }}
{{- if .own }}{{ mergeOverwrite (fromYaml $labels) .own | toYaml }}{{ else }}{{ $labels }}{{ end }}
{{- end }}

{{- /* Arguments: root; own, as YAML, those that an object has beside those of everything, and which win. */}}
{{- define "kafka.annotations" -}}
{{- with mergeOverwrite (dict) (.root.Values.commonAnnotations | default dict) (.own | default "{}" | fromYaml) -}}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* A KafkaNodePool: (dict "root" $ "name" suffix "roles" list "nodes" values). */}}
{{- define "kafka.pool" -}}
apiVersion: {{ include "kafka.api" .root }}
kind: KafkaNodePool
metadata:
  name: {{ printf "%s-%s" .root.Values.cluster.name .name | quote }}
  namespace: {{ .root.Release.Namespace | quote }}
  labels: {{- include "kafka.labels" .root | nindent 4 }}
  {{- with include "kafka.annotations" (dict "root" .root "own" (include "kafka.kept" .root)) }}{{ . | nindent 2 }}{{ end }}
spec:
  replicas: {{ .nodes.replicas }}
  roles: {{ .roles | toJson }}
  {{- with .nodes.resources }}
  resources: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .nodes.jvmOptions }}
  jvmOptions: {{- toYaml . | nindent 4 }}
  {{- end }}
  storage:
    type: jbod
    volumes:
      - id: 0
        type: persistent-claim
        size: {{ .nodes.storage.size }}
        {{- with .nodes.storage.class }}
        class: {{ . | quote }}
        {{- end }}
        kraftMetadata: shared
        deleteClaim: false
{{- end }}

{{- /*
Arguments: root, name, namespace, which may be empty. Where others put theirs, too, the name begins with the namespace of the
release, which has no dot: clusters of one name would have one object between them.
*/}}
{{- define "kafka.beside" -}}
{{- $elsewhere := and .namespace (ne .namespace .root.Release.Namespace) }}
name: {{ ternary (printf "%s.%s" .root.Release.Namespace .name) .name (not (not $elsewhere)) | quote }}
namespace: {{ .namespace | default .root.Release.Namespace | quote }}
{{- end }}
