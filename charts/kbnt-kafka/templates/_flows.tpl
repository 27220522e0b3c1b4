{{- /* The flows that are enabled, as JSON: name, and its values. */}}
{{- define "kafka.flows" -}}
{{- $enabled := list }}
{{- range $name, $flow := .Values.flows }}
{{- $more := dict }}
{{- with $flow.moreTopics }}{{ $more = dict "topics" (concat (list $flow.topic) .) }}{{ end }}
{{- if $flow.enabled }}{{ $enabled = append $enabled (merge (dict "name" $name) $more $flow) }}{{ end }}
{{- end }}
{{- $enabled | toJson }}
{{- end }}

{{- /* Those of events, as JSON. */}}
{{- define "kafka.eventTopicNames" -}}
{{- $names := list }}
{{- range .Values.topics }}{{ $names = append $names .name }}{{ end }}
{{- $names | toJson }}
{{- end }}

{{- /* What may be read by who names no topics, as JSON. What other programs log is for those alone who are given it by name. */}}
{{- define "kafka.readByAll" -}}
{{- $lines := list }}
{{- range .Values.logs.topics }}{{ $lines = append $lines .name }}{{ end }}
{{- $all := list }}
{{- range .Values.topics }}{{ if not (has .name $lines) }}{{ $all = append $all .name }}{{ end }}{{ end }}
{{- $all | toJson }}
{{- end }}

{{- /* All topics that the chart makes, as JSON. */}}
{{- define "kafka.topics" -}}
{{- $topics := .Values.topics }}
{{- if .Values.consumers.topics }}
{{- $topics = append $topics (dict "name" "stock-retry-topic" "partitions" 3 "retentionDays" 3) }}
{{- $topics = append $topics (dict "name" "stock-dead-letter-topic" "partitions" 3 "retentionDays" 30) }}
{{- end }}
{{- range include "kafka.flows" . | fromJsonArray }} {{- /* What is dead has more headers than it had. */}}
{{- $flow := . }}
{{- if .retentionDays }}
{{- range .topics | default (list .topic) }}
{{- $topics = append $topics (dict "name" . "partitions" 3 "retentionDays" $flow.retentionDays "appendTime" true) }}
{{- end }}
{{- end }}
{{- with .retryTopic }}{{ $topics = append $topics (dict "name" . "partitions" 3 "retentionDays" 90 "maxMessageBytes" 1114124) }}{{ end }}
{{- $topics = append $topics (dict "name" .deadLetterTopic "partitions" 3 "retentionDays" 30 "maxMessageBytes" 1114124) }}
{{- end }}
{{- if .Values.logs.enabled }}
{{- $own := include "kafka.eventTopicNames" . | fromJsonArray }}
{{- range .Values.logs.topics }}
{{- if not (has .name $own) }}{{ $topics = append $topics . }}{{ end }} {{- /* Steps of orders are among lines of logs: one topic, as topics has it. */}}
{{- end }}
{{- end }}
{{- $topics | toJson }}
{{- end }}

{{- /* The flow virtualization, where a gateway writes to its topic; else nothing. */}}
{{- define "kafka.askedByGateway" -}}
{{- with .Values.flows.virtualization }}
{{- if .fromGateway }}
{{- if not .enabled }}{{ fail "flows.virtualization.fromGateway needs flows.virtualization.enabled: a gateway would write to a topic that nobody makes" }}{{ end }}
{{- . | toYaml }}
{{- end }}
{{- end }}
{{- end }}
