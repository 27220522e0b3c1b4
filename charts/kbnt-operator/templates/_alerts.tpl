{{- /* What tells this install from others in one Prometheus or Grafana. */}}
{{- define "kbnt.install" -}}
{{- printf "%s/%s" .Release.Namespace (include "kbnt.fullname" .) }}
{{- end }}

{{- /* The rules, as prometheusRule.alerts changes them: switched off, with another severity, after another time, with more labels. */}}
{{- define "kbnt.alerts" -}}
{{- $text := .Files.Get "files/alerts.yaml" | replace "RUNBOOKS" .Values.prometheusRule.runbookUrl }}
{{- if .Values.serviceMonitor.enabled }}
{{- $text = $text | replace "OURS" (printf "kbnt_install=%q" (include "kbnt.install" .)) }}
{{- else }}
{{- $text = $text | replace ", OURS" "" | replace "{OURS}" "" }}
{{- end }}
{{- $rules := fromYaml $text }}
{{- $changes := .Values.prometheusRule.alerts }}
{{- $known := list }}
{{- range $group := $rules.groups }}
{{- $kept := list }}
{{- range $rule := $group.rules }}
{{- $known = append $known $rule.alert }}
{{- $change := get $changes $rule.alert | default dict }}
{{- with $change.for }}{{ $_ := set $rule "for" . }}{{ end }}
{{- with $change.severity }}{{ $_ := set $rule.labels "severity" . }}{{ end }}
{{- $_ := set $rule "labels" (mergeOverwrite (dict) $rule.labels ($change.labels | default dict)) }}
{{- if ne (toString $change.enabled) "false" }}{{ $kept = append $kept $rule }}{{ end }}
{{- end }}
{{- $_ := set $group "rules" $kept }}
{{- end }}
{{- range $name := keys $changes }}
{{- if not (has $name $known) }}
{{- fail (printf "prometheusRule.alerts.%s: there is no such alert; there are %s" $name (join ", " $known)) }}
{{- end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}
