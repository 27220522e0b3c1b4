{{- /* What tells this install from others in one Prometheus or Grafana. */}}
{{- define "kbnt.install" -}}
{{- printf "%s/%s" .Release.Namespace (include "kbnt.fullname" .) }}
{{- end }}

{{- /* The rules, as prometheusRule.alerts changes them: switched off, with another severity, after another time, beyond another number, with more labels. */}}
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
{{- with $change.threshold }}
{{- if not (regexMatch "> (0[.][0-9]+|[1-9][0-9]*)$" $rule.expr) }}
{{- fail (printf "prometheusRule.alerts.%s.threshold: this alert has none, it fires at the first one" $rule.alert) }}
{{- end }}
{{- $_ := set $rule "expr" (regexReplaceAll "> [0-9.]+$" $rule.expr (printf "> %v" .)) }}
{{- end }}
{{- $_ := set $rule "labels" (mergeOverwrite (dict) $rule.labels ($change.labels | default dict)) }}
{{- if ne (toString $change.enabled) "false" }}{{ $kept = append $kept $rule }}{{ end }}
{{- end }}
{{- $_ := set $group "rules" $kept }}
{{- end }}
{{- if not .Values.gateway.enabled }}
{{- $groups := list }}
{{- range $rules.groups }}{{ if ne .name "kbnt-gateway" }}{{ $groups = append $groups . }}{{ end }}{{ end }}
{{- $_ := set $rules "groups" $groups }}
{{- end }}
{{- range $name := keys $changes }}
{{- if not (has $name $known) }}
{{- fail (printf "prometheusRule.alerts.%s: there is no such alert; there are %s" $name (join ", " $known)) }}
{{- end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}
