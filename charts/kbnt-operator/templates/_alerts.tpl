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
{{- if not .Values.gateway.enabled }}
{{- $groups := list }}
{{- range $rules.groups }}{{ if ne .name "kbnt-gateway" }}{{ $groups = append $groups . }}{{ end }}{{ end }}
{{- $_ := set $rules "groups" $groups }}
{{- end }}
{{- toYaml $rules }}
{{- end }}
