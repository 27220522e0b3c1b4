{{- /* What tells this install from others in one Prometheus or Grafana. */}}
{{- define "kbnt.install" -}}
{{- printf "%s/%s" .Release.Namespace (include "kbnt.fullname" .) }}
{{- end }}

{{- /* The rules of what is installed, as prometheusRule.alerts changes them. */}}
{{- define "kbnt.alerts" -}}
{{- $text := .Files.Get "files/alerts.yaml" }}
{{- $flows := list }}
{{- range $key, $flow := .Values.flows }}
{{- if .enabled }}
{{- $group := include "kbnt.flowGroup" (dict "flow" (kebabcase $key) "own" (dig "worker" $key dict $.Values.settings)) }}
{{- $flows = append $flows (printf "or absent(kbnt_flow_ready{consumer_group=%q, OURS})" $group) }}
{{- end }}
{{- end }}
{{- $text = $text | replace "GONE_FLOWS" (join " " $flows) }}
{{- if .Values.serviceMonitor.enabled }}
{{- $text = $text | replace "OURS" (printf "kbnt_install=%q" (include "kbnt.install" .)) }}
{{- else }}
{{- $text = $text | replace ", OURS" "" | replace "{OURS}" "" }}
{{- end }}
{{- $text = $text | replace "RUNBOOKS" .Values.prometheusRule.runbookUrl }} {{- /* last: an address may have any of these words in it */}}
{{- $rules := include "alerts.changed" (dict "text" $text "changes" .Values.prometheusRule.alerts) | fromYaml }}
{{- $without := list }}
{{- if not .Values.gateway.enabled }}{{ $without = append $without "kbnt-gateway" }}{{ end }}
{{- if not .Values.databases }}{{ $without = append $without "kbnt-databases" }}{{ end }}
{{- if not $flows }}{{ $without = append $without "kbnt-flows" }}{{ end }}
{{- $groups := list }}
{{- range $rules.groups }}{{ if not (has .name $without) }}{{ $groups = append $groups . }}{{ end }}{{ end }}
{{- $_ := set $rules "groups" $groups }}
{{- toYaml $rules }}
{{- end }}
