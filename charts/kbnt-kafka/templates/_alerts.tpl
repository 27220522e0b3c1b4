{{- /*
The rules, as prometheusRule.alerts changes them. Strimzi names pods after cluster, pool and number, which is what tells
them from others, whoever scrapes them.
*/}}
{{- define "kafka.alerts" -}}
{{- $namespace := .Release.Namespace }}
{{- $name := regexQuoteMeta .Values.cluster.name }}
{{- $apart := gt (int .Values.cluster.controllers.replicas) 0 }}
{{- $brokers := printf "%s-%s-%s-[0-9]+" $name $name (ternary "broker" "dual" $apart) }}
{{- $nodes := printf "%s-%s-%s-[0-9]+" $name $name (ternary "(broker|controller)" "dual" $apart) }}
{{- $replaced := dict
  "CLUSTER" (printf "%s/%s" $namespace .Values.cluster.name)
  "COUNT" (toString .Values.cluster.replicas)
  "NODES" (printf "namespace=%q, pod=~%q" $namespace $nodes)
  "BROKERS" (printf "namespace=%q, pod=~%q" $namespace $brokers)
  "EXPORTER" (printf "namespace=%q, pod=~%q" $namespace (printf "%s-kafka-exporter-.+" $name))
  "VOLUMES" (printf "namespace=%q, persistentvolumeclaim=~%q" $namespace (printf "data-[0-9]+-%s" $nodes)) }}
{{- $text := .Files.Get "files/alerts.yaml" }}
{{- range $word, $with := $replaced }}{{ $text = $text | replace $word $with }}{{ end }}
{{- $text = $text | replace "RUNBOOKS" .Values.prometheusRule.runbookUrl }} {{- /* last: an address may have any of these words in it */}}
{{- include "alerts.changed" (dict "text" $text "changes" .Values.prometheusRule.alerts) }}
{{- end }}
