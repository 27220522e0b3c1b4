{{- /* What tells this install from others in one Prometheus or Grafana. */}}
{{- define "kbnt.install" -}}
{{- printf "%s/%s" .Release.Namespace (include "kbnt.fullname" .) }}
{{- end }}

{{- /* The rules of what is installed, as prometheusRule.alerts changes them. */}}
{{- define "kbnt.alerts" -}}
{{- $text := .Files.Get "files/alerts.yaml" | replace "RUNBOOKS" .Values.prometheusRule.runbookUrl }}
{{- if .Values.serviceMonitor.enabled }}
{{- $text = $text | replace "OURS" (printf "kbnt_install=%q" (include "kbnt.install" .)) }}
{{- else }}
{{- $text = $text | replace ", OURS" "" | replace "{OURS}" "" }}
{{- end }}
{{- $rules := include "alerts.changed" (dict "text" $text "changes" .Values.prometheusRule.alerts) | fromYaml }}
{{- $without := list }}
{{- if not .Values.gateway.enabled }}{{ $without = append $without "kbnt-gateway" }}{{ end }}
{{- if not .Values.databases }}{{ $without = append $without "kbnt-databases" }}{{ end }}
{{- $flows := list }}
{{- range .Values.flows }}{{ if .enabled }}{{ $flows = append $flows . }}{{ end }}{{ end }}
{{- if not $flows }}{{ $without = append $without "kbnt-flows" }}{{ end }}
{{- $groups := list }}
{{- range $rules.groups }}{{ if not (has .name $without) }}{{ $groups = append $groups . }}{{ end }}{{ end }}
{{- $_ := set $rules "groups" $groups }}
{{- toYaml $rules }}
{{- end }}
