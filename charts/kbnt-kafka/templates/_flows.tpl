{{- /* The flows that are enabled, as JSON: whose user reads which topic as which group, and where its retries and dead letters go. */}}
{{- define "kafka.flows" -}}
{{- $known := list
  (dict "name" "alerts" "group" "kbnt-alerts" "reads" "critical-stock-events" "deadLetters" "stock-alerts-dead-letter")
  (dict "name" "history" "group" "kbnt-history" "reads" "stock-audit-logs" "deadLetters" "stock-history-dead-letter")
  (dict "name" "integration" "group" "acl-stock-consumer-group" "reads" "stock-audit-logs" "retries" "stock-integration-retry" "deadLetters" "stock-integration-dead-letter") }}
{{- $enabled := list }}
{{- range $known }}
{{- $given := get $.Values.flows .name }}
{{- if $given.enabled }}{{ $enabled = append $enabled (merge (dict "user" $given.user) .) }}{{ end }}
{{- end }}
{{- $enabled | toJson }}
{{- end }}
