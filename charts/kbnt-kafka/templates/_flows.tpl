{{- /* The flows that are enabled, as JSON: name, and its values. */}}
{{- define "kafka.flows" -}}
{{- $enabled := list }}
{{- range $name, $flow := .Values.flows }}
{{- if $flow.enabled }}{{ $enabled = append $enabled (merge (dict "name" $name) $flow) }}{{ end }}
{{- end }}
{{- $enabled | toJson }}
{{- end }}

{{- /* All topics that the chart makes, as JSON. */}}
{{- define "kafka.topics" -}}
{{- $topics := .Values.topics }}
{{- if .Values.consumers.topics }}
{{- $topics = append $topics (dict "name" "stock-retry-topic" "partitions" 3 "retentionDays" 3) }}
{{- $topics = append $topics (dict "name" "stock-dead-letter-topic" "partitions" 3 "retentionDays" 30) }}
{{- end }}
{{- range include "kafka.flows" . | fromJsonArray }} {{- /* What is dead has more headers than it had. */}}
{{- if .retentionDays }}{{ $topics = append $topics (dict "name" .topic "partitions" 3 "retentionDays" .retentionDays "appendTime" true) }}{{ end }}
{{- with .retryTopic }}{{ $topics = append $topics (dict "name" . "partitions" 3 "retentionDays" 90 "maxMessageBytes" 1114124) }}{{ end }}
{{- $topics = append $topics (dict "name" .deadLetterTopic "partitions" 3 "retentionDays" 30 "maxMessageBytes" 1114124) }}
{{- end }}
{{- if .Values.logs.enabled }}{{ $topics = concat $topics .Values.logs.topics }}{{ end }}
{{- $topics | toJson }}
{{- end }}
